// Bounds on what requests cost a node: posted bodies, bodies of answers, readers that read nothing.
import { letPass } from "./fixtures/shifted-clock.js"; // first: the package takes its timers at load
import assert from "node:assert/strict";
import { test } from "node:test";
import {
  MAX_POSTED_BYTES,
  MAX_POSTS,
  MAX_READERS,
  MAX_POST_BYTES,
  MAX_WAITING_READERS,
  PLACE_TIMEOUT_MS,
  POST_TIMEOUT_MS,
  READER_STANDS_STILL_MS,
  READER_TIMEOUT_MS,
} from "../../js/core/limits.js";
import { PostedBodies } from "../../js/core/posted-bodies.js";
import { AnswerReaders } from "../../js/core/answer-readers.js";
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

/** A body with this many bytes and then nothing. */
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

/** A Sharing whose body has several pages, and its store. */
async function filled(world) {
  const db = countingStore();
  const sharing = world.sharing({ db });
  for (let number = 0; number < RECORDS; number += 1) await sharing.put(record(`${number}`, { text: "x".repeat(40_000) }));
  return { db, sharing };
}

test(
  "a flood of large posts is refused above a limit, and an honest post is stored",
  inWorld(async (world) => {
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
    assert.equal((await posted(sharing, ofText(heavy))).status, 400, "it is judged when there is room");
  }),
);

test(
  "bodies that never end do not block other posts",
  inWorld(async (world) => {
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
  }),
);

test(
  "at the limit of posts, the one that has been arriving longest makes room",
  inWorld(async (world) => {
    const sharing = world.sharing({ acceptWrites: true });
    const statuses = [];
    const never = Array.from({ length: MAX_POSTS }, async (_, at) => {
      const answer = await posted(sharing, endless(at % 2)); // nothing, or one byte
      statuses[at] = answer.status;
      return answer;
    });
    const honest = async (uuid) => (await posted(sharing, ofText(JSON.stringify(record(uuid))))).status;
    for (const uuid of ["a", "b", "c"]) assert.equal(await honest(uuid), 200);
    assert.deepEqual(statuses, [429], "one place was enough");
    assert.deepEqual(await Promise.all(Array.from({ length: 9 }, (_, at) => honest(`${at}`))), new Array(9).fill(200));
    assert.deepEqual(statuses, new Array(9).fill(429));
    assert.equal((await (await never[0]).json()).code, "TOO_BUSY");
    letPass(POST_TIMEOUT_MS);
    await Promise.all(never);
    assert.deepEqual([...new Set(statuses.slice(9))], [408]);
    assert.equal((await posted(sharing, ofText("{}"))).status, 400);
  }),
);

test("at the limit of posts, if none is still arriving, one more is refused", async () => {
  const postedBodies = new PostedBodies();
  let release;
  const released = new Promise((resolve) => (release = resolve));
  const here = Array.from({ length: MAX_POSTS }, () => postedBodies.take(null, MAX_POST_BYTES, () => released));
  await new Promise(setImmediate);
  await assert.rejects(
    postedBodies.take(null, MAX_POST_BYTES, () => released),
    { code: "TOO_BUSY" },
  );
  release("stored");
  assert.deepEqual([...new Set(await Promise.all(here))], ["stored"]);
});

test(
  "hundreds of honest posts at once are all stored",
  inWorld(async (world) => {
    const sharing = world.sharing({ acceptWrites: true });
    const all = records(500);
    const answers = await Promise.all(all.map((one) => posted(sharing, ofText(JSON.stringify(one)))));
    assert.ok(answers.every(({ status }) => status === 200));
    assert.equal((await heldBy(sharing)).length, all.length);
  }),
);

test(
  "a body arrives whole, whatever its pieces",
  inWorld(async (world) => {
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
  }),
);

test(
  "many readers at once cost the store little more than one, and each gets all records",
  inWorld(async (world) => {
    const { db, sharing } = await filled(world);
    const whole = await (await read(sharing)).text();
    db.opened = 0;
    const bodies = await Promise.all(Array.from({ length: 200 }, async () => (await read(sharing)).text()));
    assert.deepEqual([...new Set(bodies)], [whole]);
    assert.ok(db.opened <= 20, `${db.opened} iterators for 200 bodies of ten pages`);
    await until(() => db.open === 0);
  }),
);

test(
  "a reader that reads nothing for a while is cut off, and a slow one is not",
  inWorld(async (world) => {
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
  }),
);

test(
  "an answer that is dropped unread frees what it holds",
  inWorld(async (world) => {
    const { db, sharing } = await filled(world);
    const { body } = await read(sharing);
    assert.ok(db.open > 0);
    await until(() => {
      letPass(READER_TIMEOUT_MS);
      return db.open === 0;
    });
    await assert.rejects(body.getReader().read(), { code: "BODY_CUT" });
  }),
);

/** Readers that take all places and read nothing, and how many of them were cut off. */
async function crowd(sharing) {
  const deaf = [];
  const them = { cut: 0, leave: () => Promise.all(deaf.map((reader) => reader.cancel().catch(() => {}))) };
  for (let number = 0; number < MAX_READERS; number += 1) {
    deaf.push((await read(sharing)).body.getReader());
    deaf[number].closed.catch(() => (them.cut += 1));
  }
  letPass(-READER_TIMEOUT_MS); // the setup may have been slow: by this clock no reader has stood still
  return them;
}

test(
  "if all places are taken, one more reader waits until another has stood still for a second",
  inWorld(async (world) => {
    const { db, sharing } = await filled(world);
    const them = await crowd(sharing);
    let served;
    const waiting = read(sharing).then((answer) => (served = answer));
    await until(() => {
      letPass(READER_STANDS_STILL_MS);
      return served;
    });
    assert.equal((await (await waiting).json()).length, RECORDS);
    assert.equal(them.cut, 1);
    letPass(READER_STANDS_STILL_MS);
    assert.equal((await (await read(sharing)).json()).length, RECORDS);
    assert.equal(them.cut, 1, "that place is free");
    await them.leave();
    await until(() => db.open === 0);
  }),
);

test(
  "a free place goes to the reader that has waited longest, if it still waits",
  inWorld(async (world) => {
    const { sharing } = await filled(world);
    const them = await crowd(sharing);
    const order = [];
    const gone = new AbortController();
    const leaver = sharing.handle(new Request(`${origin}/linktree/all`, { signal: gone.signal }));
    const waiting = ["first", "second"].map(async (name) => order.push([name, (await (await read(sharing)).json()).length]));
    gone.abort();
    await them.leave();
    await Promise.all(waiting);
    assert.deepEqual(order, [
      ["first", RECORDS],
      ["second", RECORDS],
    ]);
    assert.equal((await leaver).status, 429);
  }),
);

test("a reader that waits in vain, or with too many others, is asked to come again", async () => {
  const readers = new AnswerReaders();
  const places = await Promise.all(Array.from({ length: MAX_READERS }, () => readers.enter())); // none stands still
  const refused = [];
  const waiting = Array.from({ length: MAX_WAITING_READERS + 1 }, (_, at) =>
    readers.enter().catch(({ code }) => refused.push([at, code])),
  );
  await waiting[0];
  assert.deepEqual(refused, [[0, "TOO_BUSY"]], "it is the one that has waited longest");
  letPass(PLACE_TIMEOUT_MS);
  await Promise.all(waiting);
  assert.equal(refused.length, waiting.length);
  for (const place of places) place.leave();
  assert.equal(readers.areMany, false);
  await readers.enter();
});

test(
  "answers without records need no place and take none",
  inWorld(async (world) => {
    const { db, sharing } = await filled(world);
    const asked = (init) => sharing.handle(new Request(`${origin}/linktree/all`, init));
    const etag = (await asked({ method: "HEAD" })).headers.get("etag");
    const bare = [
      [{ method: "HEAD" }, 200],
      [{ method: "OPTIONS" }, 204],
      [{ headers: { "if-none-match": etag } }, 304],
    ];
    for (const [init, status] of bare) {
      for (let number = 0; number <= MAX_READERS; number += 1) assert.equal((await asked(init)).status, status);
    }
    const them = await crowd(sharing);
    const { open } = db;
    for (const [init, status] of bare) assert.equal((await asked(init)).status, status);
    assert.deepEqual([them.cut, db.open], [0, open]);
    await them.leave();
    assert.equal((await (await read(sharing)).json()).length, RECORDS);
  }),
);

test(
  "bodies that fail keep no place and nothing open",
  inWorld(async (world) => {
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
  }),
);

test(
  "without the globals for answers nothing is served, and the log says so",
  inWorld(async (world) => {
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
  }),
);
