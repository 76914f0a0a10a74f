// A node that keeps its records in memory: dbsharing node --memory.
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { test } from "node:test";
import { fileURLToPath } from "node:url";

import { signRecord } from "../../js/index.js";
import { dbsharing, startDbsharing } from "./run-command.js";

const MAIN = fileURLToPath(new URL("../../js/cli/main.js", import.meta.url));
const NODE = ["node", "--task-id", "t", "--service-url", "http://127.0.0.1:9", "--port", "0"];
const RECORD = signRecord({ uuid: "first", linktree: [], timestamp: 1 }, new Uint8Array(32).fill(7));

test("with --memory a node takes and serves records without a database", async () => {
  const node = startDbsharing([...NODE, "--memory"]);
  const { url } = await node.next(({ event }) => event === "listening");
  const published = await dbsharing(["publish", "--to", url], { input: JSON.stringify(RECORD) });
  assert.equal(published.code, 0, published.stderr);
  const served = await (await fetch(`${url}/task/t/linktree/all`)).json();
  assert.deepEqual(
    served.map(({ value }) => value),
    [RECORD],
  );
  assert.equal(await node.stop(), 0);
});

test("its first message says that the records are lost when it stops", async (t) => {
  const node = spawn(process.execPath, [MAIN, ...NODE, "--memory"], { stdio: ["ignore", "pipe", "inherit"] });
  t.after(() => node.kill("SIGKILL"));
  const [line] = await once(createInterface({ input: node.stdout }), "line");
  assert.match(line, /  records are kept in memory, and are lost when the node stops$/);
});

for (const [options, wanted] of [
  [[], /--data is missing; wanted a folder for the database, or --memory instead; see dbsharing node --help/],
  [["--memory", "--data", "d"], /--data and --memory are both given; wanted one of them/],
]) {
  test(`wrong: dbsharing node … ${options.join(" ")}`, async () => {
    const { code, stdout, stderr } = await dbsharing([...NODE, ...options]);
    assert.deepEqual([code, stdout], [2, ""]);
    assert.match(stderr, wanted);
  });
}
