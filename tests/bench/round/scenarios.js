// What is measured. Every scenario is data; stage.js plays it.
import { RELEASED } from "../packages.js";
import { contenders, released } from "./contenders.js";
import { databases } from "./databases.js";

const rivals = ["seed", "plain", RELEASED, "dbsharing"];
/** A task's own database, beside a memory store. */
const overMap = ["over-map", "over-map-get"];

/**
 * `kind`: "rounds" of a node whose process is warm, the first round of a "fresh" process, or "serving".
 * `scale`: how many records a peer has, as a share of --records. `peers` are listed, of which `serving` answer and the
 * others hang. `tagged`: they send an ETag. `held`: the node has had its first round. `edits`: before each turn, one
 * record becomes newer. `turns`: so many rounds are measured in each pass. `passes`: how often each contender plays
 * it, and `comparedPasses` those that are compared with the released package. `slow`: --passes does not change that.
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
];

export const scenarios = list.map((scenario) => ({ serving: scenario.peers ?? base.peers, ...base, ...scenario }));

/** How often a contender plays a scenario, where --passes is `given` or is not. */
export function passesOf({ passes, comparedPasses, slow }, id, given) {
  if (given !== undefined) return slow ? 1 : given;
  return contenders[id].isCompared ? comparedPasses : passes;
}

/** How many records each peer of a scenario serves. */
export const countOf = ({ scale }, records) => Math.max(1, Math.round(records * scale));
