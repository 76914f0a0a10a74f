// A trap in wasm, at any moment: rounds settle with INTERNAL, no process event follows, and the next call works.
import { bytesBeforeHanging, watchedFetch } from "./fixtures/watched-fetch.js"; // first: the package takes its timers at load
import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { signRecord, verifyJson, verifyRecord } from "../../js/slim.js";
import { memoryStore } from "../../js/stores/memory.js";
import { trapAtPoll, trapNow } from "./fixtures/arm.js";
import { simpleDb } from "./fixtures/databases.js";
import { record, records, signer, sorted } from "./fixtures/records.js";
import { entryOf, heldBy, inWorld, share, until } from "./fixtures/world.js";

const some = records(20);

test("a trap in a call is thrown as INTERNAL, and the next call works", () => {
  for (let times = 0; times < 3; times += 1) {
    const error = trapNow();
    assert.deepEqual([error.name, error.code], ["DbSharingError", "INTERNAL"]);
    assert.equal(verifyRecord(some[0]).ok, true);
    assert.throws(() => verifyJson("{}"), { code: "BAD_BODY" });
    assert.deepEqual(signRecord(some[0].data, signer(1).seed), some[0]);
  }
});

test(
  "a round that traps at any poll settles with INTERNAL, and the next round shares",
  inWorld(async (world) => {
    const kinds = ["seed-style", "hangs-in-body", "list-only"];
    const peers = await Promise.all(kinds.map((kind) => world.peer(kind, some)));
    const hanging = { [peers[1].url]: bytesBeforeHanging(some) };
    const { fetch, shareBeside } = watchedFetch();
    let trapped = 0;
    for (let polls = 1; polls <= 40; polls += 1) {
      const db = polls % 2 === 0 ? memoryStore() : simpleDb();
      const sharing = await world.sharingWith(
        peers.map(({ url }) => url),
        { db, fetch },
      );
      trapAtPoll(polls);
      const report = await shareBeside(hanging, sharing);
      trapNow();
      if (report.ok) continue;
      trapped += 1;
      assert.equal(report.error.code, "INTERNAL");
      assert.equal(sharing.status().lastReport, report);
      const next = await shareBeside(hanging, sharing);
      assert.equal(next.ok, true, JSON.stringify(next.error));
      assert.deepEqual(sorted(await heldBy(sharing)), sorted(some));
    }
    assert.ok(trapped > 10, `${trapped} rounds trapped`);
  }),
);

test(
  "a trap ends all calls under way, and later answers do nothing",
  inWorld(async (world) => {
    const waiting = [];
    const peer = await world.server((_, response) => waiting.push(response));
    const gate = {};
    gate.opened = new Promise((resolve) => Object.assign(gate, { open: resolve }));
    const slowDb = Object.assign(simpleDb(), { put: () => gate.opened });
    const [first, second] = [await world.sharingWith([peer.url]), await world.sharingWith([peer.url])];
    const third = world.sharing({ db: slowDb, accept: () => gate.opened.then(() => true) });
    const inFlight = [first.share(), second.share(), third.put(record("mine"))];
    await until(() => waiting.length === 2);
    trapNow();
    const [one, two, put] = await Promise.all(inFlight);
    assert.deepEqual([one.error.code, two.error.code, put.code], ["INTERNAL", "INTERNAL", "INTERNAL"]);

    gate.open();
    const next = first.share();
    await until(() => waiting.length === 3);
    for (const response of waiting) response.end(JSON.stringify(some));
    const report = await next;
    assert.equal(entryOf(report, peer.url).inserted, 20);
    assert.equal((await heldBy(second)).length, 0, "answers to the dead round were not stored");
  }),
);

test(
  "a trap closes everything that its rounds had open",
  inWorld(async (world) => {
    const cut = [];
    const peer = await world.server((request, response) => {
      response.writeHead(200).write("[");
      response.once("close", () => cut.push(request.url));
      if (peer.requests.length === 3) trapNow();
    });
    const peers = [peer.url, `${peer.url}/a`, `${peer.url}/b`];
    const sharing = await world.sharingWith(peers);
    assert.equal((await sharing.share()).error.code, "INTERNAL");
    await until(() => cut.length === 3);
  }),
);

test(
  "a trap inside the task's own accept settles the round around it",
  inWorld(async (world) => {
    const peer = await world.plainPeer(some);
    let traps = 1;
    const accept = () => {
      if (traps > 0) trapNow();
      traps -= 1;
      return true;
    };
    const sharing = await world.sharingWith([peer.url], { accept });
    assert.equal((await sharing.share()).error.code, "INTERNAL");
    assert.equal(entryOf(await share(sharing), peer.url).inserted, 20);
  }),
);

test(
  "after a trap a node serves the records of its store",
  inWorld(async (world) => {
    const node = await world.node();
    for (const one of some) await node.put(one);
    const { digest } = node.status();
    trapNow();
    assert.deepEqual(sorted(await (await fetch(`${node.url}/linktree/list`)).json()), sorted(some));
    assert.equal(node.status().digest, digest);
  }),
);

test("a process whose rounds trap ends by itself, with exit code 0 and one line on standard error", async () => {
  const script = fileURLToPath(new URL("fixtures/trapped-task.js", import.meta.url));
  const { stdout, stderr } = await promisify(execFile)(process.execPath, ["--no-warnings", script]);
  assert.equal(stdout, "INTERNAL INTERNAL 3\n");
  assert.match(stderr, /^dbsharing: trapped and starts anew: [^\n]+\n$/);
});
