// `node holding-process.js RECORDS PER_OWNER`: one node that holds many made-up records, in a process of its own.
import { wasmBytes } from "./wasm-memory.js";
import { createSharing } from "../../../js/index.js";
import { median } from "../stopwatch.js";
import { answerQuestions } from "./child.js";
import { knownStall } from "./stalls.js";
import { madeUpKeys, madeUpStore, madeUpVersion } from "./made-up-store.js";
import { TASK_ID } from "./task.js";

const WRITES = 10_000;
/** Writes are timed in batches, so that other work of the machine falls on some of them only. */
const BATCH = 500;
const ANSWERS = 500;
const ANSWERS_AT_ONCE = 25;
const VIEWS = [0, 1];
const MAX_CELLS = 16_384;
const MIN_CELLS = 1_024;
const MOST_AT_ONCE = 2_048;
/** Makes the places of the writes jump. */
const SCATTER = 7_919;
const [records, perOwner] = process.argv.slice(2).map(Number);

answerQuestions({
  knownStall: () => knownStall(),

  /** The bytes of the wasm's memory, the microseconds of a write in it, and the milliseconds of an answer. */
  async measure() {
    const keys = madeUpKeys(records, perOwner);
    const store = madeUpStore(keys);
    const sharing = createSharing({ taskId: TASK_ID, serviceUrl: false, peers: [], logger: null, db: store });
    sharing.status();
    const bytesBefore = wasmBytes();
    await sharing.ready();
    const bytesHeld = wasmBytes();
    const plainUs = warmMedianOfWrites(store, keys, 1);
    const bytesWritten = wasmBytes();
    // All cells that there can be, which is the most that a write has to keep up.
    const cells = Math.min(MAX_CELLS, Math.max(MIN_CELLS, 2 * keys.length));
    const most = Math.min(MOST_AT_ONCE, cells);
    for (const view of VIEWS) await answerOf(sharing, { view, from: cells - most, count: most });
    const bytesWithViews = wasmBytes();
    const keptUpUs = warmMedianOfWrites(store, keys, 3);
    const [fewCellsMs, manyCellsMs] = [await medianOfAnswers(sharing, 18), await medianOfAnswers(sharing, most)];
    return {
      recordBytes: (bytesWithViews - bytesBefore) / keys.length,
      heldBytes: (bytesHeld - bytesBefore) / keys.length,
      viewKib: (bytesWithViews - bytesWritten) / VIEWS.length / 1024,
      plainUs,
      upkeepUs: keptUpUs - plainUs,
      fewCellsMs,
      manyCellsMs,
    };
  },
});

/** The microseconds of the processor for a write that the node hears of, scattered over the set. */
function medianOfWrites(store, keys, turn) {
  const versions = Array.from({ length: WRITES }, (_, write) => {
    const number = Math.floor((write * keys.length) / WRITES + write * SCATTER) % keys.length;
    return [keys[number], madeUpVersion(number, turn)];
  });
  const times = [];
  for (let from = 0; from < WRITES; from += BATCH) {
    const before = process.cpuUsage();
    for (const [key, version] of versions.slice(from, from + BATCH)) store.hear(key, version);
    times.push(cpuMsSince(before) * (1000 / BATCH));
  }
  return median(times.sort((one, other) => one - other));
}

/** The same once the engine has compiled its code well, which other threads do. */
function warmMedianOfWrites(store, keys, turn) {
  medianOfWrites(store, keys, turn);
  return medianOfWrites(store, keys, turn + 1);
}

/** The milliseconds of the processor for an answer, from the request to its last byte. */
async function medianOfAnswers(sharing, count) {
  const times = [];
  for (let batch = 0; batch < ANSWERS / ANSWERS_AT_ONCE; batch += 1) {
    const before = process.cpuUsage();
    for (let answer = 0; answer < ANSWERS_AT_ONCE; answer += 1) await answerOf(sharing, { view: 0, from: 0, count });
    times.push(cpuMsSince(before) / ANSWERS_AT_ONCE);
  }
  return median(times.sort((one, other) => one - other));
}

async function answerOf(sharing, { view, from, count }) {
  const url = `http://localhost/task/${TASK_ID}/linktree/symbols?view=${view}&from=${from}&count=${count}`;
  const answer = await sharing.handle(new Request(url));
  const { byteLength } = await answer.arrayBuffer();
  const wanted = (from === 0 ? 80 : 16) + 12 * count;
  if (answer.status !== 200 || byteLength !== wanted) throw new Error(`${url}: ${answer.status}, ${byteLength} bytes`);
}

function cpuMsSince(before) {
  const { user, system } = process.cpuUsage(before);
  return (user + system) / 1000;
}
