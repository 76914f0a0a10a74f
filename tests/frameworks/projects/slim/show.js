import { init, verifyRecord } from "dbsharing/slim";

/** Shows a verdict in the page, or why there is none. */
export function show(wasm) {
  const output = document.createElement("output");
  init(wasm).then(() => verifyRecord({}), (error) => error).then(({ code }) => {
    output.textContent = code;
    document.documentElement.append(output);
  });
}
