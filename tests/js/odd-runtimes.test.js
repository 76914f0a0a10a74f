// Runtimes that lack something, forbid it, or have had it replaced before the package was loaded; bytes and errors of
// another realm.
import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { join } from "node:path";
import { test } from "node:test";
import { promisify } from "node:util";
import vm from "node:vm";
import { root } from "../../.ci/toolchain.mjs";
import { signRecord, verifyJson, verifyRecord, verifySignatures } from "../../js/index.js";
import { newestNode, oldestNode, pathOf, reasonToSkip } from "../package/engines.js";
import { record, signer } from "./fixtures/records.js";
import { entryOf, inWorld, share } from "./fixtures/world.js";

const program = join(root, "tests/js/fixtures/odd-runtime.js");
const works = { inserted: 1, condition: "string", stored: true, late: "PEER_TIMEOUT", handled: 1 };

/** What a process of its own prints in a runtime with this oddity. */
async function doneIn(engine, kind, flags = []) {
  const { stdout } = await promisify(execFile)(pathOf(engine), [...flags, program, kind]);
  return JSON.parse(stdout);
}

const workable = [
  "nothing odd",
  "time that jest has faked",
  "timers that are mocks",
  "a setImmediate that throws every other time",
  "no setImmediate",
  "a forbidden setImmediate",
  "neither setImmediate nor MessageChannel",
  "no performance",
  "no AbortController",
  "no Request and Headers",
  "forbidden Request and Headers",
  "no fetch and nothing of it",
  "no streams",
];

for (const engine of [oldestNode, newestNode]) {
  for (const kind of workable) {
    test(`Node ${engine.version}: with ${kind}, share, put and handle work`, { skip: reasonToSkip(engine) }, async () => {
      assert.deepEqual(await doneIn(engine, kind), works);
    });
  }
}

test("Node 18 without its fetch shares by option fetch", { skip: reasonToSkip(oldestNode) }, async () => {
  assert.deepEqual(await doneIn(oldestNode, "nothing odd", ["--no-experimental-fetch"]), works);
});

for (const [kind, what] of [
  ["no timers", "setTimeout"],
  ["no TextDecoder", "TextDecoder"],
]) {
  test(`with ${kind} one sentence says so`, { skip: reasonToSkip(newestNode) }, async () => {
    const { code, message } = await doneIn(newestNode, kind);
    assert.equal(code, "RUNTIME_UNSUPPORTED");
    assert.match(message, new RegExp(`^this runtime has no ${what}, `));
  });
}

const { seed, publicBytes, sign, publicKey } = signer(3);

/** The same bytes, made in another realm. */
const elsewhere = (bytes) => Object.assign(vm.runInNewContext("(length) => new Uint8Array(length)")(bytes.length), bytes);

test("bytes of another realm are bytes to every function", () => {
  const foreign = elsewhere(Buffer.from("[]"));
  assert.equal(foreign instanceof Uint8Array, false);
  assert.deepEqual(verifyJson(foreign), []);
  const data = { uuid: "x", linktree: [], timestamp: 1 };
  const own = signRecord(data, elsewhere(seed));
  assert.deepEqual([own.publicKey, own.signature], [publicKey, sign(JSON.stringify(data))]);
  assert.equal(verifyRecord(own).ok, true);
});

test("a signature over bytes of another realm is verified, and one over pretended bytes is not", async () => {
  const { createPrivateKey, sign: signBytes } = await import("node:crypto");
  const prefix = Buffer.from("302e020100300506032b657004220420", "hex");
  const key = createPrivateKey({ key: Buffer.concat([prefix, seed]), format: "der", type: "pkcs8" });
  const message = Buffer.from("abc");
  const item = { publicKey: publicBytes, signature: signBytes(null, message, key), message };
  const foreign = Object.fromEntries(Object.entries(item).map(([name, bytes]) => [name, elsewhere(bytes)]));
  const pretended = { length: 3, [Symbol.toStringTag]: "Uint8Array" };
  const items = [item, foreign, { ...foreign, message: pretended }, { ...item, message: [97, 98, 99] }];
  assert.deepEqual(verifySignatures(items), [true, true, false, false]);
});

test(
  "chunks and errors of another realm are recognised",
  inWorld(async (world) => {
    const list = Buffer.from(JSON.stringify([record("x")]));
    const foreignError = vm.runInNewContext("Object.assign(new Error('over\\nthere'), { code: 'ECONNREFUSED' })");
    async function* chunks() {
      yield elsewhere(list.subarray(0, 9));
      yield elsewhere(list.subarray(9)).buffer;
    }
    const peers = ["http://127.0.0.1:1", "http://127.0.0.1:2"];
    const fetch = async (url) => {
      if (url.includes("/nodes/")) return new Response(JSON.stringify(peers));
      if (url.startsWith(peers[1])) throw foreignError;
      return { status: 200, headers: new Map(), body: chunks() };
    };
    const report = await share(world.sharing({ fetch }));
    assert.equal(entryOf(report, peers[0]).inserted, 1);
    assert.match(entryOf(report, peers[1]).message, /over\\u000athere.*; nobody listens there$/);
  }),
);

test(
  "only in a page the failure of fetch says what else it may mean",
  inWorld(async (world) => {
    const url = "http://127.0.0.1:1";
    const fetch = async () => {
      throw new TypeError("Failed to fetch");
    };
    const sharing = world.sharing({ fetch, peers: [url] });
    const said = async () => {
      const { error, peers } = await share(sharing);
      return [error?.message ?? "", peers[0].message];
    };
    const isHinted = (message) => /Failed to fetch; a page also gets this .*\(CORS\).*\(connect-src\)/.test(message);
    assert.deepEqual((await said()).filter(isHinted), []);
    globalThis.location = new URL("https://page.example.com");
    try {
      const [ofService, ofPeer] = await said();
      assert.ok(isHinted(ofService) && isHinted(ofPeer), `${ofService}\n${ofPeer}`);
    } finally {
      delete globalThis.location;
    }
  }),
);
