// What is measured. Every scenario is data; stage.js plays it.
import { RELEASED } from "../packages.js";
import { contenders, released } from "./contenders.js";
import { databases } from "./databases.js";

const rivals = ["seed", "plain", RELEASED, "dbsharing"];
/** The database of a task, beside a memory store. */
const overMap = ["over-map", "over-map-get"];

/**
 * `kind`: "rounds" of a node whose process is warm, the first round of a "fresh" process, "serving", an "exchange" of two
 * nodes that differ in `serverEdits`, `clientEdits` and `clientNew` records, or "holding" `perOwner` records of each owner.
 * `scale`: how many records a peer has, as a share of --records. `peers`: how many are listed; `serving` of them answer, and
 * the others hang. `tagged`: they send an ETag. `held`: the node has had its first round. `edits`: before each turn, one
 * record becomes newer. `turns`: how many rounds are measured in each pass. `passes`: how often each contender plays it;
 * `comparedPasses`: the same for those that are compared with the released package. `slow`: --passes does not change these.
 * `peerTimeoutMs`: how long a contender waits for a peer.
 */
const base = {
  kind: "rounds",
  scale: 1,
  peers: 1,
  tagged: true,
  held: false,
  edits: false,
  turns: 1,
  passes: 3,
  comparedPasses: 9,
  slow: false,
  peerTimeoutMs: 10_000,
  contenders: rivals,
};

const slow = { slow: true, passes: 1, comparedPasses: 3 };

const differing = (id, title, differences, passes) => ({ id, title, kind: "exchange", ...differences, passes });

/** Each of these at two sizes: what travels does not depend on how many records are held. */
const exchanges = [
  differing("differs-1", "one record is newer at the peer", { serverEdits: 1 }, 200),
  differing("differs-10", "ten are newer at the peer", { serverEdits: 10 }, 200),
  differing("differs-100", "a hundred are newer at the peer", { serverEdits: 100 }, 100),
  differing("differs-1000", "a thousand are newer at the peer", { serverEdits: 1_000 }, 30),
  differing("both-differ-10", "five are newer at each end", { serverEdits: 5, clientEdits: 5 }, 50),
  differing("audited-13", "seven are newer at the peer, which lacks six", { serverEdits: 7, clientNew: 6 }, 50),
].flatMap((scenario) => [
  { ...scenario, contenders: ["pair"] },
  { ...scenario, id: `${scenario.id}-large`, scale: 10, passes: Math.ceil(scenario.passes / 4), contenders: ["pair"] },
]);

const list = [
  { id: "cold-1", title: "cold, one peer", contenders: [...rivals, "plain-der", ...overMap, "level"] },
  { id: "cold-5", title: "cold, five peers with the same records", peers: 5 },
  { id: "cold-10", title: "cold, ten peers with the same records", peers: 10 },
  {
    id: "quiet-etag",
    title: "quiet round, five peers with ETag",
    peers: 5,
    held: true,
    turns: 50,
    contenders: [...rivals, "empty"],
  },
  {
    id: "quiet",
    title: "quiet round, five peers without ETag",
    peers: 5,
    tagged: false,
    held: true,
    turns: 5,
    contenders: [...rivals, ...overMap],
  },
  { id: "edit", title: "one edit, one peer", held: true, edits: true, turns: 5, contenders: [...rivals, ...overMap] },
  { id: "cold-large", title: "cold, one peer with ten times as many", scale: 10, peerTimeoutMs: 60_000, ...slow },
  {
    id: "hanging",
    title: "cold, twenty peers of which ten hang",
    scale: 1 / 10,
    peers: 20,
    serving: 10,
    peerTimeoutMs: 2_000,
    ...slow,
  },
  {
    id: "fresh",
    kind: "fresh",
    title: "cold, one peer, the first round of a new process",
    contenders: ["plain", RELEASED, "dbsharing", "empty"],
  },
  {
    id: "serving",
    kind: "serving",
    title: "a node's whole body, read from each database",
    turns: 3,
    comparedPasses: 3,
    contenders: Object.keys(databases).flatMap((id) => [released(id), id]),
  },
  ...exchanges,
  ...[10, 1].map((perOwner) => ({
    ...{ id: `holding-${perOwner}`, kind: "holding", perOwner, scale: 100, ...slow, contenders: ["holding"] },
    title: `a hundred times as many made-up records, ${perOwner} of each owner`,
  })),
];

export const scenarios = list.map((scenario) => ({ serving: scenario.peers ?? base.peers, ...base, ...scenario }));

/** How often a contender plays a scenario, if --passes is `given` or undefined. */
export function passesOf({ passes, comparedPasses, slow }, id, given) {
  if (given !== undefined) return slow ? 1 : given;
  return contenders[id].isCompared ? comparedPasses : passes;
}

/** How many records each peer of a scenario serves. */
export const countOf = ({ scale }, records) => Math.max(1, Math.round(records * scale));
