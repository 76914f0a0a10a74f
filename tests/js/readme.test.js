// The README is a promise: its code blocks are run as they stand.
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { once } from "node:events";
import { createServer } from "node:http";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { test } from "node:test";
import { createSharing, signRecord } from "dbsharing";
import { nodeHandler } from "dbsharing/http";
import { memoryStore } from "dbsharing/stores/memory";

/** So long takes only what hangs. */
const patience = { timeout: 300_000 };
const root = dirname(dirname(dirname(fileURLToPath(import.meta.url))));
const readme = readFileSync(join(root, "README.md"), "utf8");
const blocks = [...readme.matchAll(/```js\n(.*?)```/gs)].map(([, code]) => code);
const blockWith = (text) => blocks.find((code) => code.includes(text));

const MODEL = `
const records = new Map();
export const getAllLinktrees = async () => [...records.values()];
export const setLinktree = async (publicKey, record) => {
  records.set(publicKey, record);
  console.log("stored " + JSON.stringify(record));
};
`;
// The example waits 20 seconds for its first round; here a second lasts 5 milliseconds.
const HURRY = "const wait = globalThis.setInterval; globalThis.setInterval = (call, ms) => wait(call, ms / 200);";

function taskFolder(t, files) {
  const folder = mkdtempSync(join(tmpdir(), "dbsharing-readme-"));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  mkdirSync(join(folder, "node_modules"));
  for (const name of ["express", "classic-level"]) {
    symlinkSync(join(root, "node_modules", name), join(folder, "node_modules", name));
  }
  symlinkSync(root, join(folder, "node_modules/dbsharing"));
  const all = { "package.json": '{ "type": "module" }', "hurry.cjs": HURRY, "db_model.js": MODEL, ...files };
  for (const [name, text] of Object.entries(all)) writeFileSync(join(folder, name), text);
  return folder;
}

function run(t, folder, args, env = {}) {
  const child = spawn(process.execPath, args, { cwd: folder, env: { ...process.env, ...env } });
  t.after(() => child.kill("SIGKILL"));
  let output = "";
  for (const stream of [child.stdout, child.stderr]) stream.setEncoding("utf8").on("data", (text) => (output += text));
  return { child, output: () => output };
}

async function listen(t, handler) {
  const server = createServer(handler).listen(0, "127.0.0.1");
  t.after(() => server.close());
  await once(server, "listening");
  return `http://127.0.0.1:${server.address().port}`;
}

test("the task of the README pulls a record from a peer into its own model", patience, async (t) => {
  const record = signRecord({ uuid: "first", linktree: [], timestamp: 1_700_000_000_000 }, new Uint8Array(32).fill(3));
  const peer = createSharing({ taskId: "readme", db: memoryStore() });
  await peer.put(record);
  const url = await listen(t, nodeHandler(peer));
  const service = await listen(t, (_, response) => response.end(JSON.stringify([{ data: { url } }])));

  const files = { "dbSharing.js": blockWith("// dbSharing.js"), "index.js": blockWith("// index.js") };
  const env = { SERVICE_URL: service, TASK_ID: "readme" };
  const task = run(t, taskFolder(t, files), ["--require", "./hurry.cjs", "index.js"], env);
  await new Promise((resolve, reject) => {
    task.child.stdout.on("data", resolve);
    task.child.once("close", () => reject(new Error(task.output())));
  });
  assert.equal(task.output().split("\n")[0], `stored ${JSON.stringify(record)}`);
});

test("the Express and level examples of the README run", patience, async (t) => {
  const files = { "serve.js": blockWith("import express"), "level.js": blockWith("import { ClassicLevel }") };
  const folder = taskFolder(t, files);
  for (const name of Object.keys(files)) {
    const example = run(t, folder, [name]);
    const [code] = await once(example.child, "close");
    assert.equal(code, 0, example.output());
  }
});

test("the last example of the README prints what it says", patience, async (t) => {
  const example = run(t, taskFolder(t, { "verify.js": blockWith("signRecord({") }), ["verify.js"]);
  const [code] = await once(example.child, "close");
  assert.equal(code, 0, example.output());
  assert.equal(example.output(), "true true\nBAD_SIGNATURE\n");
});

test("every code block of the README is a module, and what it imports from this package is there", async (t) => {
  const folder = taskFolder(t, {});
  const modules = blocks.filter((code) => !code.startsWith("{")); // one is a report, not a program
  assert.ok(modules.length >= 7);
  for (const [number, code] of modules.entries()) {
    const file = join(folder, `block-${number}.mjs`);
    writeFileSync(file, code);
    const check = run(t, folder, ["--check", file]);
    const [exitCode] = await once(check.child, "close");
    assert.equal(exitCode, 0, check.output());
    for (const [, names, from] of code.matchAll(/import \{ ([^}]+) \} from "(dbsharing[^"]*)"/g)) {
      const exported = Object.keys(await import(from));
      for (const name of names.split(", ")) assert.ok(exported.includes(name), `${name} of ${from}`);
    }
  }
});

test("the tables of the README name functions that are there", async () => {
  const named = [...readme.matchAll(/`(\w+)\([^`]*`\)? from `(dbsharing\/[a-z/]+)`/g)];
  assert.equal(named.length, 7);
  for (const [, name, from] of named) assert.equal(typeof (await import(from))[name], "function", `${name} of ${from}`);
});

test("every command of the README has the options that it is shown with", patience, async (t) => {
  const shown = [...readme.matchAll(/npx dbsharing ([a-z]+)([^\n#|]*)/g)];
  assert.ok(shown.length >= 10);
  for (const [line, name, rest] of shown) {
    const help = run(t, root, ["js/cli/main.js", name, "--help"]);
    const [exitCode] = await once(help.child, "close");
    assert.equal(exitCode, 0, `${line}: ${help.output()}`);
    for (const [option] of rest.matchAll(/--[a-z-]+/g)) assert.ok(help.output().includes(option), `${line}: ${option}`);
  }
});

test("every code in the types stands in the README", () => {
  const types = readFileSync(join(root, "js/types/codes.d.ts"), "utf8");
  const codes = [...types.matchAll(/\| "([A-Z_]+)"/g)].map(([, code]) => code);
  assert.ok(codes.length > 30);
  for (const code of codes) assert.ok(readme.includes(`\`${code}\``), code);
});
