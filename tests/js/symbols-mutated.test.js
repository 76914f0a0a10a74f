// What chance makes of symbols: bodies into a node that runs, and queries and headers into one that serves.
import { letPass } from "./fixtures/shifted-clock.js"; // first: the package takes its timers at load
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { acceptFor, idsToText } from "../symbols-js/body.js";
import { entryOf as namesOf, idOf } from "../symbols-js/element.js";
import { mutatedBody, mutatedText } from "./fixtures/mutated.js";
import { record, records, seeded, sorted } from "./fixtures/records.js";
import { symbolsPeerIn } from "./fixtures/symbols-peers.js";
import { entryOf, heldBy, inWorld, share } from "./fixtures/world.js";

const vectors = JSON.parse(readFileSync(new URL("../vectors/symbols.json", import.meta.url), "utf8"));
const frozen = Object.values(vectors.sets)
  .flatMap(({ views }) => views.map((view) => view["segment 0+18"]))
  .concat(vectors.difference.peerSegment)
  .map((hex) => Buffer.from(hex, "hex"));

const [ROUNDS, HOUR_MS] = [30, 3_600_000];
/** What one exchange and its audit may take: the opening, six answers in each of three discoveries, records and lists. */
const MOST_REQUESTS = 24;
const MOST_BYTES = MOST_REQUESTS * (80 + 12 * 2_048);
const few = records(300);

/** Replaces every third body: one of symbols also by a frozen one, changed like the others. */
const changing = (chance) => (answer) => {
  if (answer.status !== 200 || chance(3) > 0) return answer;
  const isFrozen = answer.kind === "symbols" && chance(4) === 0;
  return { ...answer, body: mutatedBody(isFrozen ? frozen[chance(frozen.length)] : answer.body, chance) };
};

for (const seed of [1, 2]) {
  test(
    `no changed body harms a node, however many it gets (seed ${seed})`,
    inWorld(async (world) => {
      const chance = seeded(seed);
      const clock = { aheadMs: 0 };
      const peer = await symbolsPeerIn(world, { records: few, replace: changing(chance) });
      const honest = await symbolsPeerIn(world, { records: few });
      const sharing = await world.sharingWith([peer.url, honest.url], { now: () => Date.now() + clock.aheadMs });
      await sharing.putMany(few);
      const outcomes = new Set();
      for (let round = 0; round < ROUNDS; round += 1) {
        peer.served.length = 0;
        const more = Array.from({ length: 1 + chance(40) }, (_, number) => record(`${round} ${number}`));
        for (const one of more) honest.set.put(one);
        for (const one of more.slice(1)) peer.set.put(one);
        const report = await share(sharing);
        const entry = entryOf(report, peer.url);
        outcomes.add(entry.code ?? entry.by);
        assert.equal(report.ok, true);
        assert.equal(entryOf(report, honest.url).outcome, "synced");
        assert.equal(sharing.status().records, honest.set.size);
        const { requests, bytes } = peer.sums().symbols ?? { requests: 0, bytes: 0 };
        assert.ok(requests <= MOST_REQUESTS && bytes <= MOST_BYTES, JSON.stringify(peer.sums()));
        assert.equal(peer.sums().bad, undefined);
        clock.aheadMs += HOUR_MS;
        letPass(HOUR_MS); // what was doubtful is asked again, and a peer that failed is not left alone
      }
      for (const wanted of ["BAD_BODY", "symbols"]) assert.ok(outcomes.has(wanted), [...outcomes].join());
      peer.replace = (answer) => answer;
      peer.set.put(record("from the peer alone"));
      assert.equal(entryOf(await share(sharing), peer.url).inserted, 1);
      assert.deepEqual(sorted(await heldBy(sharing)), sorted([...honest.set.records, record("from the peer alone")]));
    }),
  );
}

test(
  "changed queries and headers are answered, with a bounded number of bytes",
  inWorld(async (world) => {
    const chance = seeded(3);
    const sharing = world.sharing();
    const served = few.slice(0, 60);
    await sharing.putMany(served);
    const ids = served.slice(0, 20).map((one) => idOf(namesOf(one, "record").key));
    const { digest } = sharing.status();
    const most = { symbols: 80 + 12 * 2_048, json: 400 * served.length };
    const statuses = {};
    for (let left = 2_000; left > 0; left -= 1) {
      const queries = [
        `symbols?view=1&from=${chance(1_100)}&count=${1 + chance(2_200)}`,
        `records?ids=${idsToText(ids)}`,
        "all?after=",
      ];
      const query = queries[chance(queries.length)];
      const start = query.indexOf("?") + 1;
      const url = `http://node.example/linktree/${query.slice(0, start)}${mutatedText(query.slice(start), chance)}`;
      const accept = chance(2) === 0 ? acceptFor(18) : mutatedText(acceptFor(18), chance);
      const condition = mutatedText(`W/"1s-${digest}", W/"1-${digest}"`, chance);
      const headers = new Headers({ accept, ...(chance(3) === 0 && { "if-none-match": condition }) });
      const answer = await sharing.handle({ method: "GET", url, headers });
      const { byteLength: length } = await answer.arrayBuffer();
      const isSymbols = answer.headers.get("content-type")?.startsWith("application/vnd");
      assert.ok(length <= most[isSymbols ? "symbols" : "json"], `${url} is answered with ${length} bytes`);
      statuses[answer.status] = (statuses[answer.status] ?? 0) + 1;
    }
    assert.deepEqual(Object.keys(statuses), ["200", "304", "400"], JSON.stringify(statuses));
  }),
);
