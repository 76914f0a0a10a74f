// An injected fetch, whatever it does and whatever it returns.
import { letPass, peerTimeoutMs } from "./fixtures/shifted-clock.js"; // first: the package takes its timers at load
import assert from "node:assert/strict";
import { test } from "node:test";
import { record, records } from "./fixtures/records.js";
import { entryOf, heldBy, inWorld, nextTurn, share, until } from "./fixtures/world.js";

const some = records(3);
const text = JSON.stringify(some);
const bytes = new TextEncoder().encode(text);
const odd = "http://127.0.0.1:1";
const good = "http://127.0.0.1:2";
const headers = new Map();
const later = (value) => nextTurn().then(() => value);

/** A fetch that reaches the service and a good peer, and for a third peer calls `answer(url, init)`. */
function fetchWith(answer) {
  return (url, init) => {
    if (url.includes("/nodes/")) return Promise.resolve(new Response(JSON.stringify([odd, good])));
    if (url.startsWith(good)) return Promise.resolve(new Response(JSON.stringify([record("good")])));
    return answer(url, init);
  };
}

async function* generated(...chunks) {
  for (const chunk of chunks) yield later(chunk);
}

/** A reader of an old stream library: without releaseLock, and with this cancel. */
const readerOf = (chunks, cancel) => {
  const read = async () => ({ done: chunks.length === 0, value: chunks.shift() });
  return { getReader: () => ({ read, cancel }) };
};

const whole = {
  "a body in an async iterable of Buffers": () => ({
    body: generated(Buffer.from(text.slice(0, 9)), Buffer.from(text.slice(9))),
  }),
  "a body in strings": () => ({ body: generated(text.slice(0, 7), text.slice(7)) }),
  "a body in an ArrayBuffer and a view of another kind": () => ({
    body: generated(bytes.slice(0, 8).buffer, new DataView(bytes.buffer, 8)),
  }),
  "only arrayBuffer()": () => ({ arrayBuffer: async () => bytes.buffer }),
  "arrayBuffer() that resolves with a Buffer": () => ({ arrayBuffer: async () => Buffer.from(text) }),
  "a reader without cancel": () => ({ body: readerOf([bytes]) }),
  "a reader whose cancel hangs": () => ({ body: readerOf([bytes], () => new Promise(() => {})) }),
  "a reader whose cancel throws": () => ({ body: readerOf([bytes], () => assert.fail("cancel")) }),
  "empty pieces among the others": () => ({ body: generated(new Uint8Array(0), "", bytes, new Uint8Array(0)) }),
  "no headers": () => ({ body: generated(bytes), headers: undefined }),
  "headers of another kind": () => ({ body: generated(bytes), headers: { etag: '"x"' } }),
  "an etag that is not a string": () => ({ body: generated(bytes), headers: new Map([["etag", 7]]) }),
};

for (const [what, answer] of Object.entries(whole)) {
  test(
    `a response with ${what} is read`,
    inWorld(async (world) => {
      const fetch = fetchWith(async () => response(answer()));
      const sharing = world.sharing({ fetch });
      const entry = entryOf(await share(sharing), odd);
      assert.deepEqual([entry.outcome, entry.inserted], ["synced", 3], entry.message);
      assert.equal((await heldBy(sharing)).length, 4);
    }),
  );
}

const response = (more) => ({ status: 200, type: "default", headers, ...more });
let hanging = 0;
const hang = () => {
  hanging += 1;
  return new Promise(() => {});
};
const redirect = { status: 0, type: "opaqueredirect", body: null };
const errorOfOurs = Object.assign(new Error("x"), { code: "STORE_FAILED" });
const reject = () => Promise.reject(errorOfOurs);

const faults = {
  "throws at once": [
    "PEER_UNREACHABLE",
    () => {
      throw new TypeError("no network");
    },
  ],
  "throws nothing": [
    "PEER_UNREACHABLE",
    () => {
      throw undefined;
    },
  ],
  "rejects with a string": ["PEER_UNREACHABLE", () => Promise.reject("no network")],
  "rejects with a code of ours": ["PEER_UNREACHABLE", reject],
  "returns undefined": ["PEER_UNREACHABLE", () => undefined],
  "resolves with null": ["PEER_UNREACHABLE", async () => null],
  "resolves with a number": ["PEER_UNREACHABLE", async () => 200],
  "resolves with an empty object": ["PEER_UNREACHABLE", async () => ({})],
  "resolves with an invalid status": ["PEER_UNREACHABLE", async () => response({ status: "200", body: generated(bytes) })],
  "resolves with a response that throws": [
    "PEER_UNREACHABLE",
    async () => ({
      get status() {
        throw new Error("rubbish");
      },
    }),
  ],
  "resolves with an opaque redirect": ["PEER_REDIRECTED", async () => response(redirect)],
  "resolves with an opaque response": ["PEER_UNREACHABLE", async () => response({ status: 0, type: "opaque", body: null })],
  "resolves with a body of null": ["BAD_BODY", async () => new Response(null)],
  "resolves with no body at all": ["BAD_BODY", async () => response()],
  "resolves with a body that is being read elsewhere": ["BODY_CUT", async () => response({ body: lockedBody() })],
  "resolves with chunks that are not bytes": ["BODY_CUT", async () => response({ body: generated({ not: "bytes" }) })],
  "resolves with an arrayBuffer that rejects": ["BODY_CUT", async () => response({ arrayBuffer: reject })],
  "hangs and ignores abort": ["PEER_TIMEOUT", hang],
  "hangs in its body and ignores abort": ["PEER_TIMEOUT", async () => new Response(new ReadableStream({ pull: hang }))],
  "hangs in a body without streams": ["PEER_TIMEOUT", async () => response({ arrayBuffer: hang })],
};

function lockedBody() {
  const body = new ReadableStream();
  body.getReader();
  return body;
}

for (const [what, [code, answer]] of Object.entries(faults)) {
  test(
    `a fetch that ${what} is ${code}, and affects no other peer`,
    inWorld(async (world) => {
      hanging = 0;
      const sharing = world.sharing({ fetch: fetchWith(answer) });
      const goodStored = new Promise((resolve) => sharing.on("record", resolve));
      const round = share(sharing);
      if (code === "PEER_TIMEOUT") {
        await goodStored;
        await until(() => hanging > 0);
        letPass(peerTimeoutMs);
      }
      const report = await round;
      assert.equal(report.ok, true);
      const entry = entryOf(report, odd);
      assert.deepEqual([entry.outcome, entry.code], ["failed", code], entry.message);
      if (code === "PEER_TIMEOUT") assert.equal(entry.message, "the exchange took longer than 1 h (peerTimeoutMs)");
      assert.equal(entryOf(report, good).inserted, 1);
    }),
  );
}

test(
  "a fetch that throws for the service is SERVICE_UNREACHABLE",
  inWorld(async (world) => {
    for (const fetch of [
      () => {
        throw new Error("x");
      },
      async () => undefined,
      () => Promise.reject(null),
    ]) {
      const report = await share(world.sharing({ fetch }));
      assert.equal(report.error.code, "SERVICE_UNREACHABLE");
    }
  }),
);

test(
  "bodies that will not be read are cancelled, even if fetch ignores abort",
  inWorld(async (world) => {
    const cancelled = [];
    const endless = (name, status) => {
      const body = new ReadableStream({
        pull: (controller) => (name === "stalls" ? hang() : later().then(() => controller.enqueue(bytes))),
        cancel: () => void cancelled.push(name),
      });
      return { status, type: "default", headers, body };
    };
    for (const [name, status] of [
      ["not found", 404],
      ["stopped", 422],
      ["no list", 200],
      ["stalls", 200],
    ]) {
      hanging = 0;
      const round = share(world.sharing({ fetch: fetchWith(async () => endless(name, status)) }));
      if (name === "stalls") {
        await until(() => hanging > 0);
        letPass(peerTimeoutMs);
      }
      await round;
    }
    await until(() => cancelled.length === 5);
    assert.deepEqual(cancelled, ["not found", "not found", "stopped", "no list", "stalls"]);
  }),
);

test(
  "a response that comes after the deadline is cancelled",
  inWorld(async (world) => {
    let answer;
    const isCancelled = new Promise((resolve) => {
      const body = new ReadableStream({ cancel: resolve });
      answer = { status: 200, type: "default", headers, body };
    });
    let deliver;
    const fetch = fetchWith(
      () =>
        new Promise((resolve) => {
          deliver = resolve;
        }),
    );
    const round = share(world.sharing({ fetch }));
    await until(() => deliver);
    letPass(peerTimeoutMs);
    assert.equal(entryOf(await round, odd).code, "PEER_TIMEOUT");
    deliver(answer);
    await isCancelled;
  }),
);

test(
  "a request is a conditional GET that follows no redirect and sends nothing else",
  inWorld(async (world) => {
    const seen = [];
    const fetch = fetchWith(async (_, init) => {
      seen.push(init);
      return new Response(text, { headers: { etag: 'W/"theirs"' } });
    });
    const sharing = world.sharing({ fetch });
    await share(sharing);
    await share(sharing);
    for (const init of seen) assert.deepEqual([init.method, init.redirect, init.body], ["GET", "manual", undefined]);
    const accept = "application/vnd.dbsharing.symbols;count=18, */*;q=0.1";
    assert.deepEqual(seen[0].headers, { accept });
    const { digest } = sharing.status();
    const condition = { "cache-control": "max-age=0", "if-none-match": `W/"theirs", W/"1-${digest}"` };
    assert.deepEqual(seen[1].headers, { accept, ...condition });
    assert.ok(seen.every(({ signal }) => signal instanceof AbortSignal));
  }),
);

test(
  "if the runtime has no fetch, the round says so",
  inWorld(async (world) => {
    const { fetch } = globalThis;
    delete globalThis.fetch;
    try {
      const { error } = await share(world.sharing());
      assert.equal(error.code, "SERVICE_UNREACHABLE");
      assert.match(error.message, /option fetch/);
    } finally {
      globalThis.fetch = fetch;
    }
  }),
);
