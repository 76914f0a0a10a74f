// What other nodes get from this one.
import { storeTimeoutMs } from "./fixtures/shifted-clock.js"; // first: the package takes its timers at load
import assert from "node:assert/strict";
import { test } from "node:test";
import bs58 from "bs58";
import nacl from "tweetnacl";
import { createSharing } from "../../js/index.js";
import { memoryStore } from "../../js/stores/memory.js";
import { faults, simpleDb, storeOver } from "./fixtures/databases.js";
import { asItems, record, records, signer, sorted } from "./fixtures/records.js";
import { heldBy, inWorld, share } from "./fixtures/world.js";

const origin = "http://localhost";
const some = [...records(3), record("é🙂\ud800", { text: "\u2028", by: signer(2) })];

async function nodeWith(list, options) {
  const sharing = createSharing({ taskId: "ä-task", db: memoryStore(), logger: null, ...options });
  for (const one of list) assert.equal((await sharing.put(one)).stored, true);
  const ask = (path, init) => sharing.handle(new Request(origin + path, init));
  return { ...sharing, ask };
}

for (const prefix of ["", "/task/%C3%A4-task"]) {
  test(`${prefix}/linktree/all serves all records with keys, and /list serves them bare`, async () => {
    const { ask } = await nodeWith(some);
    const all = await ask(`${prefix}/linktree/all`);
    assert.equal(all.status, 200);
    assert.deepEqual(sorted(await all.json()), sorted(asItems(some)));
    const list = await ask(`${prefix}/linktree/list?x=1`);
    assert.deepEqual(sorted(await list.json()), sorted(some));
    assert.equal(list.headers.get("content-type"), "application/json; charset=utf-8");
    assert.deepEqual(await (await (await nodeWith([])).ask(`${prefix}/linktree/all`)).json(), []);
  });
}

test("requests that are not ours are left to others", async () => {
  const { ask } = await nodeWith(some);
  const others = [
    "/",
    "/linktree",
    "/linktree/all/x",
    "/LINKTREE/all",
    "/nodes/%C3%A4-task",
    "/task/another/linktree/all",
    "/task/%C3%A4-task/other/all",
  ];
  for (const path of others) assert.equal(await ask(path), undefined, path);
  for (const method of ["POST", "PUT", "DELETE", "PATCH"]) {
    assert.equal(await ask("/linktree/all", { method }), undefined, method);
  }
  assert.equal(await ask("/linktree", { method: "POST", body: "{}" }), undefined, "acceptWrites is off");
});

test("another collection is served under its own name", async () => {
  const { ask } = await nodeWith(some, { collection: "pages & more" });
  const [{ key }] = await (await ask("/task/%C3%A4-task/pages%20%26%20more/all")).json();
  assert.match(key, /^pages & more:/);
  assert.equal(await ask("/linktree/all"), undefined);
});

test("the ETag is made of the digest, and a condition that names it is answered 304", async () => {
  const { ask, status, put } = await nodeWith(some);
  const etag = `W/"1-${status().digest}"`;
  const statusWith = async (condition, method = "GET") => {
    const { status } = await ask("/linktree/all", { method, headers: { "if-none-match": condition } });
    return status;
  };
  assert.equal((await ask("/linktree/all")).headers.get("etag"), etag);
  for (const same of [etag, etag.slice(2), `"x", ${etag}`, `${etag},"y"`, `W/"a" , "b",${etag}`, "*", " * "]) {
    assert.equal(await statusWith(same), 304, same);
    assert.equal(await statusWith(same, "HEAD"), 304, same);
  }
  for (const other of ['"x"', 'W/"1-"', etag.slice(0, -2), `"${etag}"`, `W/"1-${"0".repeat(64)}"`]) {
    assert.equal(await statusWith(other), 200, other);
  }
  const unchanged = await ask("/linktree/list", { headers: { "if-none-match": etag } });
  assert.deepEqual([unchanged.status, unchanged.headers.get("etag"), await unchanged.text()], [304, etag, ""]);
  await put(record("one more"));
  assert.equal(await statusWith(etag), 200);
});

test("the tag is taken before the store is read: a write in between makes it too old, never too new", async () => {
  const db = storeOver();
  const node = await nodeWith(some, { db });
  const before = node.status().digest;
  db.entries = async function* writingMeanwhile() {
    db.entries = db.intact.entries;
    await node.put(record("meanwhile"));
    yield* db.intact.entries();
  };
  const response = await node.ask("/linktree/list");
  assert.equal(response.headers.get("etag"), `W/"1-${before}"`);
  assert.equal((await response.json()).length, some.length + 1);
});

test("HEAD has the same answer as GET, without a body", async () => {
  const { ask } = await nodeWith(some);
  const [head, get] = [await ask("/linktree/all", { method: "HEAD" }), await ask("/linktree/all")];
  assert.equal(head.status, 200);
  assert.deepEqual([...head.headers], [...get.headers]);
  assert.equal(await head.text(), "");
});

test("pages of any origin may read, use a condition and see the tag", async () => {
  const { ask } = await nodeWith(some);
  const response = await ask("/linktree/all");
  assert.equal(response.headers.get("access-control-allow-origin"), "*");
  assert.match(response.headers.get("access-control-expose-headers"), /etag/i);
  assert.equal(response.headers.get("x-content-type-options"), "nosniff");
  for (const path of ["/linktree/all", "/task/%C3%A4-task/linktree/list"]) {
    const preflight = await ask(path, { method: "OPTIONS" });
    assert.equal(preflight.status, 204);
    assert.equal(preflight.headers.get("access-control-allow-origin"), "*");
    const allowed = preflight.headers.get("access-control-allow-headers").toLowerCase();
    for (const name of ["if-none-match", "cache-control"]) assert.ok(allowed.includes(name));
    assert.match(preflight.headers.get("access-control-allow-methods"), /GET.*HEAD/);
  }
});

test("a POST stores a record, bare or as payload", async () => {
  const node = await nodeWith([], { acceptWrites: true });
  const post = async (given, path = "/linktree") => {
    const body = typeof given === "string" ? given : JSON.stringify(given);
    const response = await node.ask(path, { method: "POST", body });
    return [response.status, await response.json()];
  };
  const [status, verdict] = await post(some[0]);
  assert.deepEqual([status, verdict.ok, verdict.stored], [200, true, true]);
  assert.equal((await post({ payload: some[1] }, "/task/%C3%A4-task/linktree"))[0], 200);
  assert.equal((await post({ key: "x", value: some[2] }))[0], 200);
  assert.deepEqual(sorted(await heldBy(node)), sorted(some.slice(0, 3)));

  const [same, result] = await post(some[0]);
  assert.deepEqual([same, result.ok, result.stored, result.heldVersion], [200, true, false, result.version]);
  const refused = {
    "{": "BAD_SHAPE",
    "": "BAD_SHAPE",
    null: "BAD_SHAPE",
    "[]": "BAD_SHAPE",
    '{"payload":null}': "BAD_SHAPE",
    [JSON.stringify({ ...some[3], signature: some[0].signature })]: "BAD_SIGNATURE",
    [JSON.stringify(record("x", { timestamp: Date.now() * 2 }))]: "FROM_THE_FUTURE",
  };
  for (const [body, code] of Object.entries(refused)) {
    const [bad, answer] = await post(body);
    assert.deepEqual([bad, answer.ok, answer.stored, answer.code], [400, false, false, code], body);
    assert.equal(typeof answer.message, "string");
  }
  assert.deepEqual((await post("x".repeat(2_000_000)))[0], 413);
  assert.equal((await node.ask("/linktree", { method: "OPTIONS" })).status, 204);
  assert.equal((await heldBy(node)).length, 3);
});

test("if the database fails, writes and reads are answered 503 with its code", async () => {
  const db = simpleDb();
  const node = await nodeWith([], { db, acceptWrites: true, storeTimeoutMs });
  db.put = faults.rejects;
  const write = await node.ask("/linktree", { method: "POST", body: JSON.stringify(some[0]) });
  assert.deepEqual([write.status, (await write.json()).code], [503, "STORE_FAILED"]);
  db.getAll = faults.hangs;
  const read = await node.ask("/linktree/all");
  assert.deepEqual([read.status, (await read.json()).code], [503, "STORE_TIMEOUT"]);
});

test(
  "a database that fails in mid-body cuts the body, so that the reader notices",
  inWorld(async (world) => {
    const db = storeOver();
    const node = await world.node({ db });
    for (const number of [1, 2, 3]) await node.put(record(`large ${number}`, { text: "x".repeat(60_000) }));
    for (const fault of [faults.throws, faults.hangs]) {
      db.entries = async function* failing() {
        yield* db.intact.entries({ limit: 2 });
        await fault();
      };
      const response = await fetch(`${node.url}/linktree/all`);
      assert.equal(response.status, 200);
      await assert.rejects(response.text(), `a reader of the list, where the database ${fault.name}`);
    }
  }),
);

test(
  "ten thousand records stream as one correct list, and a reader may leave",
  inWorld(async (world) => {
    const many = records(10_000);
    const db = memoryStore();
    const seed = world.sharing({ db, peers: [(await world.plainPeer(many)).url], serviceUrl: await world.deadUrl() });
    assert.equal((await share(seed)).totals.inserted, 10_000);
    const node = await world.node({ db });
    const response = await fetch(`${node.url}/linktree/list`);
    assert.deepEqual(sorted(await response.json()), sorted(many));

    const reader = (await node.handle(new Request(`${origin}/linktree/all`))).body.getReader();
    const { value } = await reader.read();
    assert.ok(value.length < 200_000, "it comes in small pieces");
    await reader.cancel();
  }),
);

test(
  "a node of the JavaScript original can pull from us",
  inWorld(async (world) => {
    const node = await world.node();
    for (const one of some) await node.put(one);
    const items = await (await fetch(`${node.url}/task/task/linktree/all`)).json();
    for (const { key, value } of items) {
      const { data, publicKey, signature } = value;
      assert.equal(key, `linktree:${publicKey}`);
      const message = new TextEncoder().encode(JSON.stringify(data));
      assert.ok(nacl.sign.detached.verify(message, bs58.decode(signature), bs58.decode(publicKey)));
    }
    assert.equal(items.length, some.length);
  }),
);

test("a request that cannot be understood is still answered", async () => {
  const node = await nodeWith(some, { acceptWrites: true });
  const headers = new Headers();
  const body = new ReadableStream({ pull: () => faults.rejects() });
  assert.equal((await node.handle({ method: "POST", url: `${origin}/linktree`, headers, body })).status, 503);
});

test("anything but a Request is an error of the caller that names nodeHandler", async () => {
  const node = await nodeWith([]);
  const ofExpress = { method: "GET", url: "/linktree/all", headers: { host: "localhost" }, get: () => "localhost" };
  const headers = new Headers();
  const others = [
    undefined,
    null,
    5,
    `${origin}/linktree/all`,
    new URL(origin),
    {},
    ofExpress,
    { method: "GET", url: "no url", headers },
  ];
  for (const other of others) {
    await assert.rejects(node.handle(other), {
      name: "TypeError",
      code: "OPTION_INVALID",
      message: /^handle\(request\) got .+; wanted a Request: .*nodeHandler of dbsharing\/http$/,
    });
  }
  assert.equal((await node.handle({ method: "GET", url: `${origin}/linktree/all`, headers })).status, 200);
});
