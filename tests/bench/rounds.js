// A whole round of a Sharing over one body, without a network: `fetch` answers from memory.
import { createSharing } from "../../js/index.js";
import { memoryStore } from "../../js/stores/memory.js";
import { bodyOf } from "./corpus.js";
import { measured, perItem } from "./stopwatch.js";

const PEER = "https://peer.example.com";
const SERVICE = "https://service.example.com";
const CHUNK_BYTES = 64 * 1024;
/** How often, in each pass, all records are known. */
const TURNS = 4;

/** A Sharing with an empty store and one peer; `round(bytes)` runs a round in which the peer answers with them. */
export function roundsOfOneNode() {
  let body;
  const answer = (url) => (String(url).startsWith(PEER) ? streamed(body) : JSON.stringify([{ data: { url: PEER } }]));
  const sharing = createSharing({
    taskId: "bench",
    serviceUrl: SERVICE,
    db: memoryStore(),
    maxRejected: 1_000_000,
    fetch: async (url) => new Response(answer(url)),
  });
  return {
    async round(bytes) {
      body = bytes;
      const { ok, error, peers } = await sharing.share();
      if (!ok || peers[0]?.outcome !== "synced") throw new Error(`the round failed: ${JSON.stringify(error ?? peers)}`);
      return peers[0];
    },
  };
}

function streamed(bytes) {
  let at = 0;
  return new ReadableStream({
    pull(controller) {
      if (at >= bytes.length) return controller.close();
      controller.enqueue(bytes.subarray(at, (at += CHUNK_BYTES)));
    },
  });
}

/** The same bytes as JavaScript reads them. */
function decodeAndParse(bytes) {
  return JSON.parse(new TextDecoder().decode(bytes));
}

/**
 * Rounds over the same records: the first, in which all are new, and later ones, in which all are known, beside
 * JSON.parse of the same bytes in the same engine. A round over one record is what a round costs besides.
 */
export async function measureRounds(records, passes) {
  const [all, one] = [bodyOf(records), bodyOf(records.slice(0, 1))];
  const times = { first: [], known: [], one: [], parsed: [] };
  for (let pass = 0; pass < passes; pass += 1) {
    const node = roundsOfOneNode();
    const timed = async (name, work, wanted) => {
      const { result, time } = await measured(work);
      if (!wanted(result)) throw new Error(`the ${name} round is not what it should be: ${JSON.stringify(result)}`);
      times[name].push(time);
    };
    await timed("first", () => node.round(all), ({ inserted }) => inserted === records.length);
    for (let turn = 0; turn < TURNS; turn += 1) {
      await timed("known", () => node.round(all), ({ known }) => known === records.length);
      await timed("one", () => node.round(one), ({ known }) => known === 1);
      await timed("parsed", () => decodeAndParse(all), ({ length }) => length === records.length);
    }
  }
  const [first, known, oneKnown, parsed] = Object.values(times).map((list) => perItem(list, records.length));
  return { first, known, one: oneKnown, parsed };
}
