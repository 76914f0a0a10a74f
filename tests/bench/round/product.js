// dbsharing, as a task uses it, over a store that counts how often it is read.
import { join } from "node:path";
import { createSharing } from "../../../js/index.js";
import { memoryStore } from "../../../js/stores/memory.js";
import { TASK_ID } from "./task.js";

export class Product {
  #sharing;
  #reads = 0;

  constructor({ serviceUrl, peerTimeoutMs }, store) {
    const db = this.#counted(store);
    this.#sharing = createSharing({ taskId: TASK_ID, serviceUrl, peerTimeoutMs, db });
  }

  /** Over memory. */
  static inMemory(settings) {
    return new Product(settings, memoryStore());
  }

  /** Over LevelDB, in a new folder of `settings.folder`. */
  static async onDisk(settings) {
    const { ClassicLevel } = await import("classic-level");
    const { levelStore } = await import("../../../js/stores/level.js");
    onDiskSoFar += 1;
    return new Product(settings, levelStore(new ClassicLevel(join(settings.folder, `${process.pid}-${onDiskSoFar}`))));
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

let onDiskSoFar = 0;
