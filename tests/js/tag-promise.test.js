// A tag is a promise: a body with less than its tag says is cut, and no peer keeps that tag; over a real LevelDB
// whose entries are altered and deleted behind the node's back. A database of the other identity is reported.
import assert from "node:assert/strict";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { ClassicLevel } from "classic-level";
import { levelStore } from "../../js/stores/level.js";
import { recordKey } from "../../js/index.js";
import { record, records, sorted } from "./fixtures/records.js";
import { entryOf, heldBy, inWorld, share } from "./fixtures/world.js";

const keyOf = ({ data, publicKey }) => recordKey(publicKey, data.uuid);
const all = records(300).sort((one, other) => (keyOf(one) < keyOf(other) ? -1 : 1)); // several pages

/** A test body that gets its world and an empty LevelDB. */
function overLevel(body) {
  return inWorld(async (world) => {
    const folder = await mkdtemp(join(tmpdir(), "dbsharing-promise-"));
    const db = new ClassicLevel(folder);
    try {
      await body(world, db, db.sublevel("dbsharing"));
    } finally {
      await db.close();
      await rm(folder, { recursive: true });
    }
  });
}

/** What is done behind the node's back to the entry under `key`. */
const damages = {
  "text is altered": async (entries, key) => entries.put(key, (await entries.get(key)).replace("linktree", "linkTree")),
  "value is cut short": async (entries, key) => entries.put(key, (await entries.get(key)).slice(0, 300)),
  "value is rubbish": (entries, key) => entries.put(key, "rubbish"),
};

for (const [what, damage] of Object.entries(damages)) {
  for (const at of [0, 150, 299]) {
    test(
      `record ${at}, whose ${what}, still reaches every peer`,
      overLevel(async (world, db, entries) => {
        const source = await world.peer("express-send", all);
        const list = await world.list([source.url]);
        const a = await world.node({ serviceUrl: list.url, db: levelStore(db) });
        assert.equal((await share(a)).totals.inserted, all.length);
        const b = await world.sharingWith([a.url]);

        const lost = all[at];
        await damage(entries, keyOf(lost));
        const first = entryOf(await share(b), a.url);
        assert.deepEqual([first.outcome, first.code === "BODY_CUT" || first.httpStatus === 503], ["failed", true]);
        await share(b);
        assert.deepEqual(sorted(await heldBy(b)), sorted(all.filter((one) => one !== lost)), "the next answer is honest");

        assert.equal((await share(a)).totals.inserted, 1, "it is repaired from a peer that has it");
        const mended = entryOf(await share(b), a.url);
        assert.deepEqual([mended.outcome, mended.inserted], ["synced", 1]);
        assert.deepEqual(sorted(await heldBy(b)), sorted(all));
      }),
    );
  }
}

test(
  "the records after a key are served under the tag of the whole set",
  inWorld(async (world) => {
    const node = await world.node();
    const listed = all.slice(0, 20);
    for (const one of listed) await node.put(one);
    for (const path of ["linktree/all", "task/task/linktree/all", "linktree/list"]) {
      const tail = await fetch(`${node.url}/${path}?after=${encodeURIComponent(keyOf(listed[11]))}`);
      const items = await tail.json();
      assert.deepEqual(
        items.map((item) => item.value ?? item),
        listed.slice(12),
      );
      const whole = await fetch(`${node.url}/${path}`);
      assert.equal(tail.headers.get("etag"), whole.headers.get("etag"), "it has the tag of the whole set");
    }
    assert.equal((await (await fetch(`${node.url}/linktree/all?after=%00`)).json()).length, 20, "an invalid key is ignored");
  }),
);

test(
  "a database that was written with the other identity is reported",
  overLevel(async (world, db) => {
    const own = world.sharing({ db: levelStore(db) });
    await own.put(all[0]);
    const other = await world.node({ db: levelStore(db), identity: "owner" });
    const wanted = { code: "IDENTITY_MISMATCH", message: /identity "record".*identity "owner"/ };
    await assert.rejects(other.ready(), wanted);
    await assert.rejects(async () => {
      for await (const one of other.records()) assert.fail(one);
    }, wanted);
    await assert.rejects(other.get(keyOf(all[0])), wanted);
    assert.equal((await other.put(record("another"))).code, "IDENTITY_MISMATCH");
    const { error } = await (await world.sharingWith([], { db: levelStore(db), identity: "owner" })).share();
    assert.equal(error.code, "IDENTITY_MISMATCH");
    assert.deepEqual([other.status().records, other.status().digest], [undefined, undefined]);
    assert.equal((await fetch(`${other.url}/linktree/all`)).status, 503);
    assert.equal((await own.get(keyOf(all[0]))).data.uuid, "record 0", "nothing is lost");
  }),
);
