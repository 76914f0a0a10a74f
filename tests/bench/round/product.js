// dbsharing, as a task uses it, over a store that counts how often it is read.
import { join } from "node:path";
import { importFrom } from "../packages.js";
import { TASK_ID } from "./task.js";

class Product {
  #sharing;
  #reads = 0;

  constructor(createSharing, { serviceUrl, peerTimeoutMs }, store) {
    const db = this.#counted(store);
    this.#sharing = createSharing({ taskId: TASK_ID, serviceUrl, peerTimeoutMs, db });
  }

  /** Asks for what only the compiled wasm knows. */
  ready() {
    this.#sharing.status();
  }

  async round() {
    const readsBefore = this.#reads;
    const { ok, error, peers, totals } = await this.#sharing.share();
    if (!ok) throw new Error(`the round failed: ${error.code} ${error.message}`);
    const failedPeers = peers.filter(({ outcome }) => outcome === "failed").length;
    return { verifications: totals.verified, failedPeers, storeReads: this.#reads - readsBefore };
  }

  async records() {
    const records = [];
    for await (const record of this.#sharing.records()) records.push(record);
    return records;
  }

  #counted(store) {
    const counting = (read) => (...args) => {
      this.#reads += 1;
      return read(...args);
    };
    const { getMany, entries, versions } = store;
    return { ...store, getMany: counting(getMany), entries: counting(entries), versions: counting(versions) };
  }
}

/** What makes nodes of this package that hold their records in memory. */
export async function inMemory(packageId) {
  const { createSharing } = await importFrom(packageId, "js/index.js");
  const { memoryStore } = await importFrom(packageId, "js/stores/memory.js");
  return (settings) => new Product(createSharing, settings, memoryStore());
}

/** What makes nodes over LevelDB, each in a new folder of `settings.folder`. */
export async function onDisk(packageId) {
  const { ClassicLevel } = await import("classic-level");
  const { createSharing } = await importFrom(packageId, "js/index.js");
  const { levelStore } = await importFrom(packageId, "js/stores/level.js");
  let soFar = 0;
  return (settings) => {
    soFar += 1;
    const db = new ClassicLevel(join(settings.folder, `${process.pid}-${soFar}`));
    return new Product(createSharing, settings, levelStore(db));
  };
}
