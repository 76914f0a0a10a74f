// What is measured, in the order in which every run plays it, and what is stored at each end before each of them.
import { makeRecords, withEdit } from "../corpus.js";

/** Making a key takes longer than signing, so beyond this number owners have several records each. */
const MAX_KEYS = 10_000;
const EDITS_AT_BOTH = { serverEdits: 100, clientEdits: 100 };
/** A sync that finds nothing is short, so a run has several. */
const QUIET_TURNS = 5;

/**
 * `all`: every record is stored at the server. `serverEdits` and `clientEdits`: how many records get a newer version
 * there. `bothWays`: the client's edits go to the server too, `"atOnce"` with those that come, or `"inTurn"` after them.
 * `turns`: how often it is played in a run, if not once.
 */
export const scenarios = [
  { id: "first", title: "first sync", all: true },
  { id: "second", title: "the sync after it" },
  { id: "quiet", title: "nothing changed", turns: QUIET_TURNS },
  { id: "edit", title: "one edit at the server", serverEdits: 1 },
  { id: "both", title: "edits at both ends, at once", ...EDITS_AT_BOTH, bothWays: "atOnce" },
  { id: "turns", title: "edits at both ends, in turn", ...EDITS_AT_BOTH, bothWays: "inTurn" },
];

/**
 * For each scenario what `server` and `client` store, the records that are then `held`, and `ownBytes`, the bytes of the
 * records that have to travel. Another `set` has other keys and other contents.
 *
 * @param {{ records: number, set?: string }} size
 */
export function planOf({ records: count, set = "measured" }) {
  const keys = Math.min(count, MAX_KEYS);
  const all = makeRecords({ count, keys, set });
  let held = all;
  const edited = (places) => {
    for (const place of places) held = withEdit(held, place, { keys, set });
    return places.map((place) => held[place]);
  };
  return scenarios.map((scenario) => {
    const { serverEdits = 0, clientEdits = 0, turns = 1 } = scenario;
    const places = spreadPlaces(count, serverEdits + clientEdits);
    const cut = Math.ceil(places.length / 2);
    const server = scenario.all ? all : edited(places.slice(0, cut));
    const client = edited(places.slice(cut));
    return { ...scenario, turns, server, client, held, ownBytes: bytesOf([...server, ...client]) };
  });
}

/** As many different places, far from each other; at most as many as there are records. */
function spreadPlaces(count, wanted) {
  const places = Math.min(count, wanted);
  return Array.from({ length: places }, (_, number) => Math.floor(((number + 0.5) * count) / places));
}

const bytesOf = (records) => records.reduce((sum, record) => sum + Buffer.byteLength(JSON.stringify(record)), 0);
