import { init, verifyRecord } from "dbsharing/slim";

/** Puts a verdict into the page, or why there is none. */
export function show(wasm) {
  const output = document.createElement("output");
  init(wasm).then(() => verifyRecord({}), (error) => error).then(({ code }) => {
    output.textContent = code;
    document.documentElement.append(output);
  });
}
