// A node's answers of symbols, byte for byte beside a second implementation; and a client of that against the node.
import { letPass } from "./fixtures/shifted-clock.js"; // first: the package takes its timers at load
import assert from "node:assert/strict";
import { test } from "node:test";
import { memoryStore } from "../../js/stores/memory.js";
import { recordKey } from "../../js/index.js";
import { contentType, encodeBody, idsToText } from "../symbols-js/body.js";
import { SymbolsClient } from "../symbols-js/client.js";
import { entryOf, idOf } from "../symbols-js/element.js";
import { RecordSet, servedCells } from "../symbols-js/record-set.js";
import { get } from "../symbols-js/requests.js";
import { BASE_MS, record, records, signer, sorted } from "./fixtures/records.js";
import { inWorld, taskId } from "./fixtures/world.js";

const TYPE = "application/vnd.dbsharing.symbols";
const some = [...records(20), record("é🙂\ud800", { text: "\u2028", by: signer(2) })];
/** The keys of these two have the same first 4 bytes of their hashes. */
const alike = [record("alike 37580"), record("alike 60448")];

/** A running node that holds these records, and the same set beside it. */
async function nodeWith(world, list, options = {}) {
  const node = await world.node(options);
  for (const { stored } of await node.putMany(list)) assert.equal(stored, true);
  const set = RecordSet.of(list, options.identity);
  const ask = (path, headers = {}, method = "GET") => get(`${node.url}${path}`, headers, method);
  return { node, set, ask };
}

/** A test for each of the two paths under which a node answers. */
function underBothPaths(name, body) {
  for (const base of ["/linktree", `/task/${taskId}/linktree`]) {
    test(
      `${base}: ${name}`,
      inWorld((world) => body(world, base)),
    );
  }
}

const jsonTag = (set) => `W/"1-${set.digest}"`;
const symbolsTag = (set) => `W/"1s-${set.digest}"`;

function assertSymbols(answer, set, { view = 0, from = 0, count }, why) {
  assert.equal(answer.status, 200, why);
  assert.equal(answer.headers["content-type"], contentType(set.identity), why);
  assert.equal(answer.headers.etag, symbolsTag(set), why);
  assert.equal(answer.body.toString("hex"), encodeBody(set, { view, from, count }).toString("hex"), why);
}

function assertList(answer, list, why) {
  assert.deepEqual([answer.status, answer.headers["content-type"]], [200, "application/json; charset=utf-8"], why);
  const items = JSON.parse(answer.body);
  assert.deepEqual(sorted(items.map(({ value }) => value)), sorted(list), why);
  for (const { key, value } of items) assert.equal(key, `linktree:${value.publicKey}`, why);
}

function assertVaries({ headers }, why) {
  const names = (headers.vary ?? "").toLowerCase().split(/\s*,\s*/);
  assert.ok(names.includes("accept"), `${why}: vary is ${headers.vary}`);
}

function assertReadableByPages({ headers }, why) {
  assert.equal(headers["access-control-allow-origin"], "*", why);
  assert.equal(headers["cache-control"], "no-cache", why);
  assert.equal(headers["x-content-type-options"], "nosniff", why);
}

underBothPaths("symbols are the answer to whoever accepts them, with as many cells as it says", async (world, base) => {
  const { set, ask } = await nodeWith(world, some);
  for (const [accept, count] of [
    [`${TYPE};count=18, */*;q=0.1`, 18],
    [TYPE, 18],
    [`${TYPE};count=40`, 40],
    [`${TYPE} ; count=40`, 40],
    [`${TYPE};count=1`, 1],
    [`${TYPE};count=0`, 1],
    [`${TYPE};count=1024`, 1_024],
    [`${TYPE};count=2048`, 1_024],
    [`${TYPE};count=9999`, 1_024],
    [`${TYPE};count=99999999999999999999999999`, 1_024],
    [`${TYPE};count=many`, 18],
    [`${TYPE};count=`, 18],
    [`${TYPE};count`, 18],
    [`${TYPE};count=40;q=0.3`, 40],
    [`${TYPE};q=0;count=40`, 40],
    [`${TYPE};q=0`, 18],
    [`${TYPE};identity=owner;x="y";count=7`, 7],
    [`text/html;count=3, application/json, ${TYPE};count=40;v=1,*/*`, 40],
    [`*/*,${TYPE}`, 18],
    [`${TYPE.toUpperCase()};COUNT=40`, 40],
  ]) {
    const answer = await ask(`${base}/all`, { accept });
    assertSymbols(answer, set, { count }, accept);
    assertVaries(answer, accept);
    assertReadableByPages(answer, accept);
    assert.match(answer.headers["access-control-expose-headers"], /etag/i);
  }
});

underBothPaths("everyone else gets the list", async (world, base) => {
  const { set, ask } = await nodeWith(world, some);
  const accepts = [
    undefined,
    "",
    "*/*",
    "application/*",
    "application/json",
    `${TYPE}2`,
    `x${TYPE}`,
    "application/vnd.dbsharing",
    `text/html;x=${TYPE}`,
  ];
  for (const accept of accepts) {
    const answer = await ask(`${base}/all`, accept === undefined ? {} : { accept });
    assertList(answer, some, accept);
    assert.equal(answer.headers.etag, jsonTag(set), accept);
    assertVaries(answer, accept);
  }
});

test(
  "/list is a list, whatever is accepted",
  inWorld(async (world) => {
    const { set, ask } = await nodeWith(world, some);
    const answer = await ask("/linktree/list", { accept: TYPE });
    assert.deepEqual(sorted(JSON.parse(answer.body)), sorted(some));
    assert.equal(answer.headers.etag, jsonTag(set));
  }),
);

underBothPaths("a condition is met by either tag for symbols, and by the list's own for a list", async (world, base) => {
  const { set, ask } = await nodeWith(world, some);
  const [ofList, ofSymbols] = [jsonTag(set), symbolsTag(set)];
  const forms = (tag) => [
    tag,
    tag.slice(2),
    `"x", ${tag}`,
    `${tag},"y"`,
    `W/"a" , "b",${tag}`,
    tag.replace(/"$/, '-gzip"'),
    tag.slice(2).replace(/"$/, '--br"'),
  ];
  const others = ['"x"', 'W/"1-"', 'W/"1s-"', `W/"1s-${"0".repeat(64)}"`, `"${ofList}"`];
  const statuses = {
    symbols: { 304: [...forms(ofList), ...forms(ofSymbols), `${ofList}, ${ofSymbols}`, "*", " * "], 200: others },
    list: { 304: [...forms(ofList), `${ofSymbols}, ${ofList}`, "*"], 200: [...forms(ofSymbols), ...others] },
  };
  for (const [what, conditions] of Object.entries(statuses)) {
    const accept = what === "symbols" ? `${TYPE};count=18, */*;q=0.1` : "*/*";
    for (const [status, condition] of Object.entries(conditions).flatMap(([s, list]) => list.map((one) => [Number(s), one]))) {
      for (const method of ["GET", "HEAD"]) {
        const answer = await ask(`${base}/all`, { accept, "if-none-match": condition }, method);
        const why = `${method} ${what} if ${condition}`;
        assert.equal(answer.status, status, why);
        assert.equal(answer.headers.etag, what === "symbols" ? ofSymbols : ofList, why);
        assertVaries(answer, why);
        if (status === 304 || method === "HEAD") assert.equal(answer.body.length, 0, why);
      }
    }
  }
});

underBothPaths("any cells of both views are served, up to twice the records, and 1 024 at least", async (world, base) => {
  const list = records(600);
  for (const held of [some, list]) {
    const { set, ask } = await nodeWith(world, held);
    const last = servedCells(set.size) - 1;
    assert.equal(last, held === list ? 1_199 : 1_023);
    for (const view of [0, 1]) {
      for (const [from, count, served] of [
        [0, 1, 1],
        [0, 18, 18],
        [0, 2_048, last + 1],
        [18, 46, 46],
        [last, 1, 1],
        [last, 2_048, 1],
        [last - 99, 101, 100],
        [1_000, 24, 24],
      ]) {
        const path = `${base}/symbols?view=${view}&from=${from}&count=${count}`;
        const answer = await ask(path, { "if-none-match": "*" });
        assertSymbols(answer, set, { view, from, count: served }, path);
        assertReadableByPages(answer, path);
      }
      const shuffled = await ask(`${base}/symbols?count=5&x=y&view=${view}&from=2`);
      assertSymbols(shuffled, set, { view, from: 2, count: 5 });
      for (const from of [last + 1, 16_384]) await assertBad(ask, `${base}/symbols?view=${view}&from=${from}&count=1`);
    }
  }
});

async function assertBad(ask, wholePath) {
  const answer = await ask(wholePath);
  const path = wholePath.slice(0, 80);
  assert.equal(answer.status, 400, path);
  assert.match(answer.headers["content-type"], /^application\/json/, path);
  assert.equal(answer.headers["access-control-allow-origin"], "*", path);
  const { code, message } = JSON.parse(answer.body);
  assert.deepEqual([code, typeof message], ["BAD_QUERY", "string"], path);
  assert.ok(message.length > 0, path);
  const head = await ask(wholePath, {}, "HEAD");
  assert.deepEqual([head.status, head.body.length], [400, 0], path);
}

underBothPaths("a malformed query of /symbols is refused", async (world, base) => {
  const { ask } = await nodeWith(world, some);
  for (const query of [
    "",
    "?",
    "?view=0",
    "?view=0&from=0",
    "?view=0&count=18",
    "?from=0&count=18",
    "?view=&from=0&count=18",
    "?view=0&from=&count=18",
    "?view=0&from=0&count=",
    "?view=2&from=0&count=18",
    "?view=-1&from=0&count=18",
    "?view=x&from=0&count=18",
    "?view=0&from=-1&count=18",
    "?view=0&from=1.5&count=18",
    "?view=0&from=0x1&count=18",
    "?view=0&from=1e1&count=18",
    "?view=0&from=%2B1&count=18",
    "?view=0&from=%201&count=18",
    "?view=0&from=18446744073709551616&count=18",
    "?view=0&from=4294967296&count=18",
    "?view=0&from=0&count=0",
    "?view=0&from=0&count=-1",
    "?view=0&from=0&count=2049",
    "?view=0&from=0&count=4294967297",
    "?view=0&from=0&count=x",
    "?view=0;from=0;count=18",
    "?VIEW=0&FROM=0&COUNT=18",
  ]) {
    await assertBad(ask, `${base}/symbols${query}`);
  }
});

underBothPaths("records are given by their ids", async (world, base) => {
  const { set, ask } = await nodeWith(world, [...some, ...alike]);
  const idFor = (one) => idOf(entryOf(one).key);
  assert.equal(idFor(alike[0]), idFor(alike[1]));
  const recordsOf = (ids) => ask(`${base}/records?ids=${idsToText([...new Set(ids)])}`);
  for (const list of [[some[0]], some.slice(3, 9), [...some, ...alike], alike]) {
    const answer = await recordsOf(list.map(idFor));
    assertList(answer, list);
    assertReadableByPages(answer);
  }
  assertList(await recordsOf([idFor(alike[0])]), alike, "all records of one id");
  const known = new Set(set.elements(0).map(([k]) => k));
  const unknown = [0, 1, 0x7fffffff, 0x80000000, 0xffffffff].filter((k) => !known.has(k));
  const nothing = await recordsOf(unknown);
  assert.deepEqual([nothing.status, nothing.body.toString()], [200, "[]"]);
  assertList(await recordsOf([...unknown, idFor(some[1])]), [some[1]]);
  const thousand = [idFor(some[2]), ...Array.from({ length: 1_100 }, (_, k) => k).filter((k) => !known.has(k))].slice(0, 1_000);
  assertList(await recordsOf(thousand), [some[2]], "a thousand ids");
});

underBothPaths("a malformed list of ids is refused", async (world, base) => {
  const { ask } = await nodeWith(world, some);
  const bytes = (...values) => Buffer.from(values).toString("base64url");
  for (const query of [
    "",
    "?",
    "?ids",
    "?ids=",
    "?id=AAAAAA",
    "?ids=AAAA",
    "?ids=AAAAA",
    "?ids=AAAAAA==",
    "?ids=AAAAAA%3D%3D",
    "?ids=AAAAAB",
    "?ids=AAAA+A",
    "?ids=AAAA/A",
    "?ids=AAAA*A",
    "?ids=AAAA%20AA",
    `?ids=${bytes(0, 0, 0, 1, 0, 0, 0, 1)}`,
    `?ids=${bytes(0, 0, 0, 2, 0, 0, 0, 1)}`,
    `?ids=${bytes(0, 0, 0, 1, 0, 0, 2)}`,
    `?ids=${idsToText(Array.from({ length: 1_001 }, (_, k) => k))}`,
    `?ids=${"A".repeat(10_000)}`,
  ]) {
    await assertBad(ask, `${base}/records${query}`);
  }
});

underBothPaths("HEAD has the answer's head, and pages of any origin may ask", async (world, base) => {
  const { ask } = await nodeWith(world, some);
  const ofConnection = ["date", "connection", "keep-alive", "transfer-encoding", "content-length"];
  const headOf = ({ status, headers }) => [
    status,
    Object.fromEntries(Object.entries(headers).filter(([name]) => !ofConnection.includes(name))),
  ];
  for (const [path, accept] of [
    ["/all", `${TYPE};count=18`],
    ["/all", "*/*"],
    ["/symbols?view=1&from=3&count=5", "*/*"],
    ["/records?ids=AAAAAA", "*/*"],
  ]) {
    const [head, whole] = [await ask(base + path, { accept }, "HEAD"), await ask(base + path, { accept })];
    assert.deepEqual(headOf(head), headOf(whole), path);
    assert.equal(head.body.length, 0, path);
    const asked = { origin: "http://page.example", "access-control-request-headers": "if-none-match, cache-control" };
    const preflight = await ask(base + path, asked, "OPTIONS");
    assert.deepEqual([preflight.status, preflight.headers["access-control-allow-origin"]], [204, "*"], path);
    assert.match(preflight.headers["access-control-allow-methods"], /GET.*HEAD/, path);
    assert.match(preflight.headers["access-control-allow-headers"], /if-none-match.*cache-control/, path);
  }
});

test(
  "a node of one record an owner says so in the content type, and its ids are of owners",
  inWorld(async (world) => {
    const owners = Array.from({ length: 30 }, (_, number) => record("one", { by: signer(number) }));
    const { set, ask } = await nodeWith(world, owners, { identity: "owner" });
    assertSymbols(await ask("/linktree/all", { accept: `${TYPE};count=30` }), set, { count: 30 });
    assertSymbols(await ask("/linktree/symbols?view=1&from=7&count=30"), set, { view: 1, from: 7, count: 30 });
    const ids = owners.slice(0, 4).map(({ publicKey }) => idOf(publicKey));
    assertList(await ask(`/linktree/records?ids=${idsToText(ids)}`), owners.slice(0, 4));
  }),
);

test(
  "an empty node serves cells that are all zero",
  inWorld(async (world) => {
    const { set, ask } = await nodeWith(world, []);
    assertSymbols(await ask("/linktree/all", { accept: TYPE }), set, { count: 18 });
    for (const view of [0, 1]) {
      assertSymbols(await ask(`/linktree/symbols?view=${view}&from=0&count=2048`), set, { view, count: 1_024 });
    }
    assert.equal((await ask("/linktree/records?ids=AAAAAA")).body.toString(), "[]");
  }),
);

test(
  "another task, collection or method is left to others",
  inWorld(async (world) => {
    const { ask } = await nodeWith(world, some);
    const query = "view=0&from=0&count=18";
    for (const path of [
      `/task/another/linktree/symbols?${query}`,
      `/other/symbols?${query}`,
      `/symbols?${query}`,
      "/linktree/symbols/x",
      "/task/another/linktree/records?ids=AAAAAA",
      "/records?ids=AAAAAA",
    ]) {
      assert.equal((await ask(path)).status, 404, path);
    }
    for (const method of ["POST", "PUT", "DELETE"]) {
      assert.equal((await ask(`/linktree/symbols?${query}`, {}, method)).status, 404, method);
    }
  }),
);

/** All cells of both views, as the node and the set beside it have them. */
async function assertSameCells(ask, set) {
  for (const view of [0, 1]) {
    for (let from = 0; from < servedCells(set.size); from += 2_048) {
      const count = Math.min(2_048, servedCells(set.size) - from);
      const answer = await ask(`/linktree/symbols?view=${view}&from=${from}&count=2048`);
      assertSymbols(answer, set, { view, from, count }, `view ${view} from ${from}`);
    }
  }
}

test(
  "an edit, an insert and a removal move the sums that were made before",
  inWorld(async (world) => {
    const db = memoryStore();
    const list = [...records(1_500), alike[0]];
    const { node, set, ask } = await nodeWith(world, list, { db });
    await assertSameCells(ask, set);
    const client = new SymbolsClient({ taskId, set: RecordSet.of(list.slice(7)) });
    assert.equal((await client.exchange(node.url)).how, "symbols");
    assert.deepEqual(sorted(client.set.records), sorted(list));
    assert.equal((await client.exchange(node.url)).outcome, "unchanged");

    const edits = list.slice(0, 3).map(({ data }, at) => record(data.uuid, { timestamp: BASE_MS + 2_000 * at, edited: true }));
    for (const change of [[edits[0]], [record("inserted")], [alike[1]], edits.slice(1), records(900, { prefix: "more" })]) {
      await node.putMany(change);
      for (const one of change) set.put(one);
      await assertSameCells(ask, set);
      const { how } = await client.exchange(node.url);
      assert.equal(how, "symbols");
      assert.deepEqual(sorted(client.set.records), sorted(set.records));
    }

    for (const removed of [[alike[0]], [edits[1], list[9]], records(900, { prefix: "more" })]) {
      const keys = removed.map(({ data, publicKey }) => recordKey(publicKey, data.uuid));
      await db.remove((await db.getMany(keys)).map(({ key, version }) => ({ key, version })));
      letPass(2_000); // the database is looked at again
      for (const one of removed) set.remove(one);
      await assertSameCells(ask, set);
      const ids = [...new Set(keys.map(idOf))].slice(0, 1_000);
      const answer = await ask(`/linktree/records?ids=${idsToText(ids)}`);
      const left = set.records.filter((one) => ids.includes(idOf(entryOf(one).key)));
      assertList(answer, left, "what was removed is given no more");
      await client.exchange(node.url);
      assert.ok(client.set.size > set.size, "what only the client has, it keeps");
    }
  }),
);

test(
  "what a node serves is told apart by the tag: a change between two parts is seen",
  inWorld(async (world) => {
    const { node, set, ask } = await nodeWith(world, records(200));
    const before = await ask("/linktree/symbols?view=0&from=0&count=18");
    await node.put(record("meanwhile"));
    const after = await ask("/linktree/symbols?view=0&from=18&count=18");
    assert.notEqual(before.headers.etag, after.headers.etag);
    assertSymbols(before, set, { count: 18 });
    set.put(record("meanwhile"));
    assertSymbols(after, set, { from: 18, count: 18 });
  }),
);
