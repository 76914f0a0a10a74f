// Records in this process's memory: for tests, for pages that start afresh, and as the contract at its plainest.

import { ChangedKeys, changesIn } from "../core/changed-keys.js";
import { checkEntries, decideWrites } from "../core/store-contract.js";
import { refuseOptions } from "../core/store-options.js";

/**
 * A store that lives as long as the process.
 *
 * @returns {import("../index.js").Store}
 * @example
 * const { share } = createSharing({ serviceUrl, taskId, db: memoryStore() });
 */
export function memoryStore(options) {
  refuseOptions(options, "memoryStore() takes no options: each call makes a store of its own");
  const held = new Map();
  let sortedKeys; // made when the order is wanted, dropped when a key joins
  const changed = new ChangedKeys();
  let closed = false;

  function refuseWhenClosed() {
    if (closed) throw new Error("memoryStore: this store is closed");
  }

  function keysAfter(gt) {
    sortedKeys ??= [...held.keys()].sort();
    return gt === undefined ? sortedKeys : sortedKeys.slice(firstAfter(sortedKeys, gt));
  }

  return {
    async getMany(keys) {
      refuseWhenClosed();
      return keys.map((key) => copyOf(held.get(key)));
    },

    async *entries({ gt, limit = Infinity } = {}) {
      refuseWhenClosed();
      for (const key of keysAfter(gt).slice(0, limit)) yield copyOf(held.get(key));
    },

    async *versions() {
      refuseWhenClosed();
      for (const key of keysAfter()) yield { key, version: held.get(key).version };
    },

    async write(entries) {
      refuseWhenClosed();
      checkEntries(entries);
      const { outcomes, winners } = decideWrites(
        entries,
        entries.map(({ key }) => held.get(key)?.version),
      );
      for (const winner of winners) {
        if (!held.has(winner.key)) sortedKeys = undefined;
        held.set(winner.key, copyOf(winner));
        changed.note(winner.key);
      }
      return outcomes;
    },

    async remove(entries) {
      refuseWhenClosed();
      for (const { key, version } of entries) {
        if (held.get(key)?.version !== version) continue;
        held.delete(key);
        sortedKeys = undefined;
        changed.note(key);
      }
    },

    async changes(since) {
      refuseWhenClosed();
      return changesIn(changed, since, (keys) => keys.map((key) => held.get(key)?.version));
    },

    async close() {
      closed = true;
    },
  };
}

function copyOf(entry) {
  return entry && { key: entry.key, version: entry.version, text: entry.text };
}

function firstAfter(sortedKeys, gt) {
  let low = 0;
  let high = sortedKeys.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (sortedKeys[middle] > gt) high = middle;
    else low = middle + 1;
  }
  return low;
}
