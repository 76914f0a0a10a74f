// dbsharing, as a task uses it, over a store that counts how often it is read.
import { join } from "node:path";
import { importFrom } from "../packages.js";
import { TASK_ID } from "./task.js";

class Product {
  #sharing;
  #reads;

  constructor(createSharing, { serviceUrl, peerTimeoutMs }, db, reads) {
    this.#reads = reads;
    this.#sharing = createSharing({ taskId: TASK_ID, serviceUrl, peerTimeoutMs, db });
  }

  /** Asks for something that needs the compiled wasm. */
  ready() {
    this.#sharing.status();
  }

  async round() {
    const [readsBefore, msBefore] = [this.#reads.count, this.#reads.ms];
    const { ok, error, peers, totals } = await this.#sharing.share();
    if (!ok) throw new Error(`the round failed: ${error.code} ${error.message}`);
    const failedPeers = peers.filter(({ outcome }) => outcome === "failed").length;
    const storeReads = this.#reads.count - readsBefore;
    return { verifications: totals.verified, failedPeers, storeReads, storeReadsMs: this.#reads.ms - msBefore };
  }

  async records() {
    const records = [];
    for await (const record of this.#sharing.records()) records.push(record);
    return records;
  }
}

/** How often a database was read, and how long its functions took until they returned, without the time of promises. */
class Reads {
  count = 0;
  ms = 0;

  counting(read) {
    return (...args) => {
      this.count += 1;
      const began = performance.now();
      const result = read(...args);
      this.ms += performance.now() - began;
      return result;
    };
  }
}

function overStore(createSharing, settings, store) {
  const reads = new Reads();
  const { getMany, entries, versions } = store;
  const counted = { getMany, entries, versions };
  for (const [name, read] of Object.entries(counted)) counted[name] = reads.counting(read);
  return new Product(createSharing, settings, { ...store, ...counted }, reads);
}

/** A function that makes nodes of this package which hold their records in memory. */
export async function inMemory(packageId) {
  const { createSharing } = await importFrom(packageId, "js/index.js");
  const { memoryStore } = await importFrom(packageId, "js/stores/memory.js");
  return (settings) => overStore(createSharing, settings, memoryStore());
}

/** A function that makes nodes over LevelDB, each in a new folder in `settings.folder`. */
export async function onDisk(packageId) {
  const { ClassicLevel } = await import("classic-level");
  const { createSharing } = await importFrom(packageId, "js/index.js");
  const { levelStore } = await importFrom(packageId, "js/stores/level.js");
  let soFar = 0;
  return (settings) => {
    soFar += 1;
    const db = new ClassicLevel(join(settings.folder, `${process.pid}-${soFar}`));
    return overStore(createSharing, settings, levelStore(db));
  };
}

/** A function that makes nodes over the simplest database of a task, with or without `get`. */
export async function overMap(packageId, { hasGet = false } = {}) {
  const { createSharing } = await importFrom(packageId, "js/index.js");
  return (settings) => {
    const [reads, held] = [new Reads(), new Map()];
    const db = {
      getAll: reads.counting(() => [...held.values()]),
      put: (key, record) => void held.set(key, record),
      ...(hasGet && { get: reads.counting((key) => held.get(key)) }),
    };
    return new Product(createSharing, settings, db, reads);
  };
}
