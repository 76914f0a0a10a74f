// If something is missing, one sentence says what it is and what to do, with a code of its own.
import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { readFile } from "node:fs/promises";
import { test } from "node:test";
import { promisify } from "node:util";
import { init } from "../../js/slim.js";
import { serve } from "../network/server.js";

const run = promisify(execFile);
const url = (path) => JSON.stringify(new URL(`../../${path}`, import.meta.url).href);
const wasm = await readFile(new URL("../../pkg/dbsharing_bg.wasm", import.meta.url));

/** The JSON that a program prints in a process of its own, which fails if any error is left unhandled. */
async function printedBy(program, flags = []) {
  const { stdout } = await run(process.execPath, [
    ...flags,
    "--unhandled-rejections=strict",
    "--input-type=module",
    "--eval",
    program,
  ]);
  return JSON.parse(stdout);
}

/** A program that prints, for this entry, what a call throws and what rounds and a write report. */
const everyWay = (entry) => `
  import { createSharing, verifyRecord } from ${url(entry)};
  import { memoryStore } from ${url("js/stores/memory.js")};
  const said = ({ name, code, message }) => ({ name, code, message });
  const thrown = (call) => {
    try {
      call();
    } catch (error) {
      return said(error);
    }
  };
  const sharing = createSharing({ taskId: "task", serviceUrl: "http://127.0.0.1:1", db: memoryStore() });
  const put = await sharing.put({});
  const rounds = [await sharing.share(), await sharing.share()];
  console.log(JSON.stringify({
    thrown: [thrown(() => verifyRecord({})), thrown(() => verifyRecord({})), thrown(() => sharing.status())],
    reported: [...rounds.map(({ error }) => error), put].map(said),
  }));
`;

function assertSaid({ thrown, reported }, code, message) {
  const failures = [...thrown, ...reported];
  assert.deepEqual(
    failures.map((failure) => [failure.code, failure.message]),
    Array(6).fill([code, message]),
  );
  assert.deepEqual(
    thrown.map(({ name }) => name),
    Array(3).fill("DbSharingError"),
  );
}

test("without WebAssembly every call says so, and rounds report it", async () => {
  const message = "this runtime has no WebAssembly, which dbsharing needs: run it without flags such as --jitless";
  assertSaid(await printedBy(everyWay("js/index.js"), ["--jitless"]), "WASM_UNAVAILABLE", message);
});

test("slim without init says that init comes first, and rounds report it", async () => {
  const message = "dbsharing/slim has no wasm yet: await init(bytes | Module | Response | URL) first";
  assertSaid(await printedBy(everyWay("js/slim.js")), "NOT_INITIALISED", message);
});

test("without fetch the service and each peer have a code, and the message names the option", async () => {
  const report = await printedBy(`
    delete globalThis.fetch;
    import { createSharing } from ${url("js/index.js")};
    import { memoryStore } from ${url("js/stores/memory.js")};
    const settings = { taskId: "task", serviceUrl: "http://127.0.0.1:1", peers: ["http://127.0.0.1:2"], allowPrivateNetworks: true };
    console.log(JSON.stringify(await createSharing({ ...settings, db: memoryStore() }).share()));`);
  const message = "this runtime has no fetch: give one as option fetch";
  assert.deepEqual(report.error, {
    code: "SERVICE_UNREACHABLE",
    message: `the node service did not answer: ${message} (http://127.0.0.1:1)`,
  });
  assert.deepEqual(
    report.peers.map(({ code, message }) => ({ code, message })),
    [{ code: "PEER_UNREACHABLE", message: `no answer: ${message}` }],
  );
});

const notOurs = "give init the file dbsharing/wasm of this very version";
const unlike = (from, to) => {
  const bytes = Buffer.from(wasm);
  bytes.write(to, bytes.indexOf(from), "latin1");
  return bytes;
};
const empty = Uint8Array.from([0, 0x61, 0x73, 0x6d, 1, 0, 0, 0]);
const another = `the wasm is another module or another version than this JavaScript; ${notOurs}`;
const wrong = {
  "a page of HTML": [Buffer.from("<!doctype html>"), `what was given, 15 bytes, is no WebAssembly; ${notOurs}`],
  "nothing at all": [new ArrayBuffer(0), `what was given, 0 bytes, is no WebAssembly; ${notOurs}`],
  "a file cut off": [wasm.subarray(0, 100_000), /^the wasm is cut off or damaged, 100000 bytes; give init .*: WebAssembly/],
  "an empty module": [empty, another],
  "a compiled module of something else": [new WebAssembly.Module(empty), another],
  "a module that needs another function": [unlike("__wbg_fetch_", "__wbg_fitch_"), another],
  "a module that lacks a function": [unlike("verifySignatures", "verifySignature5"), another],
  "no source": [undefined, "init got undefined; wanted bytes, a WebAssembly.Module, a Response or a URL"],
  "an object of another kind": [{ wasm }, "init got [object Object]; wanted bytes, a WebAssembly.Module, a Response or a URL"],
};

for (const [what, [given, message]] of Object.entries(wrong)) {
  test(`init refuses ${what}`, () => assert.rejects(init(given), { name: "DbSharingError", code: "WASM_INVALID", message }));
}

test("init that cannot read the wasm says why", async () => {
  const server = await serve((_, response) => response.writeHead(404).end());
  const refused = (message) => ({ code: "WASM_UNAVAILABLE", message });
  const status = "the wasm could not be read: HTTP status 404";
  await assert.rejects(init(server.url), refused(status));
  await assert.rejects(init(new URL(server.url)), refused(status));
  await assert.rejects(init(fetch(server.url)), refused(status));
  await server.close();
  await assert.rejects(init(server.url), refused(/^the wasm could not be read: fetch failed: .+ \(\w+\)$/));
});

test("slim takes bytes in any form, a module, a response and a url", async () => {
  const server = await serve((_, response) => response.end(wasm));
  const padded = new Uint8Array(wasm.length + 9);
  padded.set(wasm, 5);
  const view = new DataView(padded.buffer, 5, wasm.length);
  const module = new WebAssembly.Module(wasm);
  for (const source of [
    wasm,
    view,
    Uint8Array.from(wasm).buffer,
    module,
    Promise.resolve(module),
    fetch(server.url),
    server.url,
  ]) {
    await init(source);
  }
  const works = `
    import { init, verifyRecord } from ${url("js/slim.js")};
    await init(${JSON.stringify(server.url)});
    console.log(JSON.stringify(verifyRecord({}).code));`;
  const printed = await printedBy(works).finally(() => server.close());
  assert.equal(printed, "BAD_SHAPE");
});

test("slim takes a module of another realm, such as that of Next's edge runtime", async () => {
  const works = `
    import { readFileSync } from "node:fs";
    import { createContext, runInContext } from "node:vm";
    import { init, verifyRecord } from ${url("js/slim.js")};
    const bytes = readFileSync(new URL(${url("pkg/dbsharing_bg.wasm")}));
    const module = runInContext("new WebAssembly.Module(bytes)", createContext({ bytes }));
    await init(module);
    console.log(JSON.stringify([module instanceof WebAssembly.Module, verifyRecord({}).code]));`;
  assert.deepEqual(await printedBy(works), [false, "BAD_SHAPE"]);
});
