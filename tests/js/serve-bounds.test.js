// What requests may cost a node: posted bodies, bodies of answers, readers that take nothing.
import { letPass } from "./fixtures/shifted-clock.js"; // first: the package takes its timers at load
import assert from "node:assert/strict";
import { test } from "node:test";
import {
  MAX_POSTED_BYTES, MAX_POSTS, MAX_READERS, MAX_POST_BYTES, POST_TIMEOUT_MS, READER_STANDS_STILL_MS, READER_TIMEOUT_MS,
} from "../../js/core/limits.js";
import { memoryStore } from "../../js/stores/memory.js";
import { record, records } from "./fixtures/records.js";
import { heldBy, inWorld, until } from "./fixtures/world.js";

const MIB = 1024 * 1024;
const origin = "http://node.example";
const heavy = `{"data":{${Array.from({ length: 90_000 }, (_, key) => `"${key}":0`).join(",")}}}`.padEnd(MIB);

const headers = new Headers();
const posted = (sharing, body) => sharing.handle({ method: "POST", url: `${origin}/linktree`, headers, body });
const read = (sharing, path = "/linktree/all") => sharing.handle(new Request(origin + path));
const ofText = (text) => new Response(text).body;

/** A body that brings so many bytes and then nothing. */
function endless(bytes) {
  return new ReadableStream({ start: (controller) => bytes > 0 && controller.enqueue(new Uint8Array(bytes)) });
}

/** A store that counts how many of its iterators are open. */
function countingStore() {
  const intact = memoryStore();
  const store = {
    ...intact,
    open: 0,
    opened: 0,
    async *entries(range) {
      store.open += 1;
      store.opened += 1;
      try {
        yield* intact.entries(range);
      } finally {
        store.open -= 1;
      }
    },
  };
  return store;
}

const RECORDS = 20;

/** A Sharing whose body takes several pages, and its store. */
async function filled(world) {
  const db = countingStore();
  const sharing = world.sharing({ db });
  for (let number = 0; number < RECORDS; number += 1) await sharing.put(record(`${number}`, { text: "x".repeat(40_000) }));
  return { db, sharing };
}

test("a flood of large posts is refused beyond a bound, and an honest one is stored", inWorld(async (world) => {
  const sharing = world.sharing({ acceptWrites: true });
  const flood = Array.from({ length: 100 }, () => posted(sharing, ofText(heavy)));
  const honest = await posted(sharing, ofText(JSON.stringify(record("honest"))));
  assert.equal(honest.status, 200);
  const answers = await Promise.all(flood);
  const refused = answers.filter(({ status }) => status === 429);
  assert.ok(refused.length >= 100 - MAX_POSTED_BYTES / MIB, `${refused.length} refused`);
  assert.ok(answers.every(({ status }) => status === 400 || status === 429));
  assert.equal(refused[0].headers.get("retry-after"), "1");
  const { code, message } = await refused[0].json();
  assert.deepEqual([code, typeof message], ["TOO_BUSY", "string"]);
  assert.equal((await posted(sharing, ofText(heavy))).status, 400, "judged when there is room");
}));

test("bodies that never end keep nobody from posting", inWorld(async (world) => {
  const sharing = world.sharing({ acceptWrites: true });
  const never = Array.from({ length: 20 }, () => posted(sharing, endless(MIB)));
  const first = await Promise.race(never);
  assert.equal(first.status, 429, "the oldest has to go");
  assert.equal((await posted(sharing, ofText(JSON.stringify(record("honest"))))).status, 200);
  letPass(POST_TIMEOUT_MS);
  const rest = await Promise.all(never);
  assert.deepEqual([...new Set(rest.map(({ status }) => status))].sort(), [408, 429]);
  const late = rest.find(({ status }) => status === 408);
  assert.match((await late.json()).message, /did not arrive within/);
}));

test("so many posts are under way at most", inWorld(async (world) => {
  const sharing = world.sharing({ acceptWrites: true });
  const never = Array.from({ length: MAX_POSTS }, () => posted(sharing, endless(0)));
  assert.equal((await posted(sharing, ofText("{}"))).status, 429);
  letPass(POST_TIMEOUT_MS);
  await Promise.all(never);
  assert.equal((await posted(sharing, ofText("{}"))).status, 400);
}));

test("hundreds of honest posts at once are all stored", inWorld(async (world) => {
  const sharing = world.sharing({ acceptWrites: true });
  const all = records(500);
  const answers = await Promise.all(all.map((one) => posted(sharing, ofText(JSON.stringify(one)))));
  assert.ok(answers.every(({ status }) => status === 200));
  assert.equal((await heldBy(sharing)).length, all.length);
}));

test("a body arrives whole, in whatever pieces", inWorld(async (world) => {
  const sharing = world.sharing({ acceptWrites: true });
  const text = new TextEncoder().encode(JSON.stringify(record("é🙂", { text: "x".repeat(30_000) })));
  let at = 0;
  const body = new ReadableStream({
    pull(controller) {
      if (at === text.length) controller.close();
      else controller.enqueue(text.slice(at, (at += 1)));
    },
  });
  assert.equal((await posted(sharing, body)).status, 200);
  assert.equal((await posted(sharing, ofText("x".repeat(MAX_POST_BYTES + 1)))).status, 413);
  assert.equal((await posted(sharing, null)).status, 400);
}));

test("many readers at once cost the store little more than one, and each gets the whole", inWorld(async (world) => {
  const { db, sharing } = await filled(world);
  const whole = await (await read(sharing)).text();
  db.opened = 0;
  const bodies = await Promise.all(Array.from({ length: 200 }, async () => (await read(sharing)).text()));
  assert.deepEqual([...new Set(bodies)], [whole]);
  assert.ok(db.opened <= 20, `${db.opened} iterators for 200 bodies of ten pages`);
  await until(() => db.open === 0);
}));

test("who takes nothing of a body for a while is cut off, and who takes it slowly is not", inWorld(async (world) => {
  const { db, sharing } = await filled(world);
  const deaf = (await read(sharing)).body.getReader();
  const slow = (await read(sharing)).body.getReader();
  await Promise.all([deaf.read(), slow.read()]);
  let isCut = false;
  const cut = assert.rejects(deaf.closed, { code: "BODY_CUT", message: /nothing was taken/ }).then(() => (isCut = true));
  let pieces = 1;
  for (; !isCut; pieces += 1) {
    letPass(READER_TIMEOUT_MS / 2 + 1);
    assert.equal((await slow.read()).done, false);
  }
  await cut;
  assert.ok(pieces > 2);
  while (!(await slow.read()).done) continue;
  await until(() => db.open === 0);
}));

test("an answer that is dropped unread holds nothing for ever", inWorld(async (world) => {
  const { db, sharing } = await filled(world);
  const { body } = await read(sharing);
  assert.ok(db.open > 0);
  await until(() => {
    letPass(READER_TIMEOUT_MS);
    return db.open === 0;
  });
  await assert.rejects(body.getReader().read(), { code: "BODY_CUT" });
}));

test("where all places are taken, one who stands still makes room, and where nobody does there is none", inWorld(async (world) => {
  const { db, sharing } = await filled(world);
  const deaf = [];
  let cut = 0;
  for (let number = 0; number < MAX_READERS; number += 1) {
    deaf.push((await read(sharing)).body.getReader());
    deaf[number].closed.catch(() => (cut += 1));
  }
  letPass(-READER_TIMEOUT_MS); // a busy machine took its time: by this clock nobody stands still
  const refused = await read(sharing);
  assert.deepEqual([refused.status, refused.headers.get("retry-after")], [429, "1"]);
  assert.equal((await refused.json()).code, "TOO_BUSY");
  letPass(READER_TIMEOUT_MS + READER_STANDS_STILL_MS);
  const served = await read(sharing);
  assert.equal((await served.json()).length, RECORDS);
  assert.equal(cut, 1);
  await Promise.all(deaf.map((reader) => reader.cancel().catch(() => {})));
  await until(() => db.open === 0);
}));

test("answers without a body hold no place", inWorld(async (world) => {
  const { sharing } = await filled(world);
  for (const method of ["HEAD", "OPTIONS"]) {
    for (let number = 0; number <= MAX_READERS; number += 1) {
      const { status } = await sharing.handle(new Request(`${origin}/linktree/all`, { method }));
      assert.ok(status < 300, `${status}`);
    }
  }
  assert.equal((await (await read(sharing)).json()).length, RECORDS);
}));

test("bodies that fail hold no place and nothing open", inWorld(async (world) => {
  const { db, sharing } = await filled(world);
  const { entries } = db;
  db.entries = async function* failing(range) {
    let left = 3;
    for await (const entry of entries(range)) {
      if (left === 0) throw new Error("the disk is gone");
      left -= 1;
      yield entry;
    }
  };
  for (let number = 0; number <= MAX_READERS; number += 1) {
    await assert.rejects(async () => (await read(sharing)).text(), /the disk is gone/);
  }
  assert.equal(db.open, 0);
  db.entries = entries;
  assert.equal((await (await read(sharing)).json()).length, RECORDS);
}));

test("without the globals that answers are made of nothing is served, and that is said", inWorld(async (world) => {
  const warnings = [];
  const silent = { debug() {}, info() {}, error() {}, warn: (message) => warnings.push(message) };
  const sharing = world.sharing({ logger: silent });
  const request = new Request(`${origin}/linktree/all`);
  const { Response: intact } = globalThis;
  try {
    delete globalThis.Response;
    assert.equal(await sharing.handle(request), undefined);
  } finally {
    globalThis.Response = intact;
  }
  assert.match(warnings.join(), /handle\(\) needs the globals Response and ReadableStream/);
}));
