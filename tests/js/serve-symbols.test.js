// What peers that know symbols get: the bytes of sums through every door, and the records of given ids.
import { letPass } from "./fixtures/shifted-clock.js"; // first: the package takes its timers at load
import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { once } from "node:events";
import http from "node:http";
import { test } from "node:test";
import { MAX_READERS, READER_TIMEOUT_MS } from "../../js/core/limits.js";
import { nodeHandler } from "../../js/http.js";
import { recordKey } from "../../js/index.js";
import { asItems, records, sorted } from "./fixtures/records.js";
import { inWorld } from "./fixtures/world.js";

const ORIGIN = "http://node.example";
const TYPE = "application/vnd.dbsharing.symbols";
const P = 2n ** 48n - 59n;
const some = records(60);

/** A Sharing that holds some records, and their versions. */
async function filled(world) {
  const sharing = world.sharing();
  const versions = [];
  for (const one of some) versions.push((await sharing.put(one)).version);
  return { sharing, versions };
}

/** The first four bytes of the hash of a record's key. */
const idOf = (one) => createHash("sha256").update(recordKey(one.publicKey, one.data.uuid)).digest().subarray(0, 4);

/** Cell 0 of the view by time, in which every record is. */
function firstCell(versions) {
  let [b, a] = [0n, 0n];
  for (const [at, version] of versions.entries()) {
    const [timestamp, contentId] = version.split("-");
    const value = 1n + (BigInt(`0x${timestamp}`) / 1024n) * 65_536n + BigInt(`0x${contentId.slice(0, 4)}`);
    b = (b + value) % P;
    a = (a + BigInt(idOf(some[at]).readUInt32BE()) * value) % P;
  }
  return [b, a];
}

function assertIsOpening(body, count, versions) {
  assert.equal(body.length, 16 + 64 + 12 * count);
  assert.equal(body.subarray(0, 4).toString("latin1"), "dbs\x10");
  assert.deepEqual(
    [4, 8, 12].map((at) => body.readUInt32LE(at)),
    [0, count, some.length],
  );
  assert.deepEqual(
    [80, 86].map((at) => BigInt(body.readUIntLE(at, 6))),
    firstCell(versions),
  );
}

const bytesOf = async (answer) => Buffer.from(await answer.arrayBuffer());
const ids = (list) => Buffer.concat(list.map(idOf).sort(Buffer.compare)).toString("base64url");

test(
  "handle gives sums as bytes to those who accept them, and the records of given ids to all",
  inWorld(async (world) => {
    const { sharing, versions } = await filled(world);
    const ask = (path, init) => sharing.handle(new Request(ORIGIN + path, init));
    const opening = await ask("/linktree/all", { headers: { accept: `${TYPE};count=40, */*;q=0.1` } });
    assert.equal(opening.headers.get("content-type"), `${TYPE}; identity=record`);
    assert.equal(opening.headers.get("vary"), "accept");
    assert.equal(opening.headers.get("etag"), `W/"1s-${sharing.status().digest}"`);
    const body = await bytesOf(opening);
    assertIsOpening(body, 40, versions);

    const cells = await bytesOf(await ask("/linktree/symbols?view=0&from=10&count=30"));
    assert.deepEqual(cells.subarray(16), body.subarray(80 + 120), "the same cells");

    const unchanged = { headers: { accept: TYPE, "if-none-match": `W/"1-${sharing.status().digest}"` } };
    assert.equal((await ask("/linktree/all", unchanged)).status, 304);
    assert.equal((await (await ask("/linktree/all", { headers: { accept: "*/*" } })).json()).length, some.length);

    const wanted = some.slice(5, 17);
    const chosen = await ask(`/linktree/records?ids=${ids(wanted)}`);
    assert.deepEqual(sorted(await chosen.json()), sorted(asItems(wanted)));

    const refused = await ask("/linktree/symbols?view=0&from=0&count=0");
    assert.equal(refused.status, 400);
    assert.deepEqual(await refused.json(), { ok: false, code: "BAD_QUERY", message: 'count is "0"; wanted 1 to 2048' });
  }),
);

test(
  "nodeHandler sends the same bytes",
  inWorld(async (world) => {
    const { sharing, versions } = await filled(world);
    const server = http.createServer(nodeHandler(sharing)).listen(0, "127.0.0.1");
    await once(server, "listening");
    const base = `http://127.0.0.1:${server.address().port}`;
    try {
      const opening = await fetch(`${base}/linktree/all`, { headers: { accept: TYPE } });
      assert.equal(opening.headers.get("content-type"), `${TYPE}; identity=record`);
      assertIsOpening(await bytesOf(opening), 18, versions);
      const direct = await sharing.handle(new Request(`${ORIGIN}/linktree/symbols?view=1&from=0&count=1024`));
      const sent = await fetch(`${base}/linktree/symbols?view=1&from=0&count=1024`);
      assert.deepEqual(await bytesOf(sent), await bytesOf(direct));
      const head = await fetch(`${base}/linktree/symbols?view=1&from=0&count=1024`, { method: "HEAD" });
      assert.deepEqual([head.status, (await bytesOf(head)).length], [200, 0]);
      const chosen = await fetch(`${base}/linktree/records?ids=${ids(some)}`);
      assert.deepEqual(sorted(await chosen.json()), sorted(asItems(some)));
    } finally {
      server.closeAllConnections();
      server.close();
    }
  }),
);

test(
  "sums need no place among the readers of records",
  inWorld(async (world) => {
    const { sharing } = await filled(world);
    const read = (init) => sharing.handle(new Request(`${ORIGIN}/linktree/all`, init));
    const deaf = [];
    while (deaf.length < MAX_READERS) deaf.push((await read()).body.getReader());
    letPass(-READER_TIMEOUT_MS); // by this clock no reader has stood still
    assert.equal((await bytesOf(await read({ headers: { accept: TYPE } }))).length, 16 + 64 + 12 * 18);
    await Promise.all(deaf.map((reader) => reader.cancel()));
  }),
);
