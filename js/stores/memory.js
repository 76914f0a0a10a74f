// Records in this process's memory: for tests, for pages that start afresh, and as the plainest example of the contract.

import { ChangedKeys, changesIn } from "../core/changed-keys.js";
import { StoreCalls } from "../core/store-calls.js";
import { decideWrites, pagesByKey } from "../core/store-contract.js";
import { refuseOptions } from "../core/store-options.js";
import { storeOver } from "../core/store-over.js";
import { keysOf } from "../core/store-writes.js";

const PAGE_ENTRIES = 1_000;

/**
 * A store that lives as long as the process.
 *
 * @returns {import("../index.js").Store}
 * @example
 * const { share } = createSharing({ serviceUrl, taskId, db: memoryStore() });
 */
export function memoryStore(options) {
  refuseOptions(options, "memoryStore() takes no options: each call makes a store of its own");
  const held = new Map(); // key → entry
  let sortedKeys; // made when the order is needed, dropped when a key is added or removed
  const changed = new ChangedKeys();

  function heldVersions(keys) {
    return keys.map((key) => held.get(key)?.version);
  }

  // Nothing awaits in here, so that no other batch comes between what is read and what is written.
  function write(entries) {
    const { outcomes, winners } = decideWrites(entries, heldVersions(keysOf(entries)));
    for (const { key, version, text } of winners) {
      if (!held.has(key)) sortedKeys = undefined;
      held.set(key, { key, version, text });
      changed.note(key);
    }
    return outcomes;
  }

  function remove(entries) {
    for (const { key, version } of entries) {
      if (held.get(key)?.version !== version) continue;
      held.delete(key);
      sortedKeys = undefined;
      changed.note(key);
    }
  }

  function entriesAfter(key, count) {
    sortedKeys ??= [...held.keys()].sort();
    const first = firstAfter(sortedKeys, key);
    return sortedKeys.slice(first, first + count).map((key) => held.get(key));
  }

  function pages(range, attempt) {
    return pagesByKey((after, count) => attempt(() => entriesAfter(after, count)), PAGE_ENTRIES, range);
  }

  return storeOver(new StoreCalls("memoryStore"), {
    getMany: (keys) => keys.map((key) => copyOf(held.get(key))),
    entryPages: pages,
    versionPages: (attempt) => pages({}, attempt),
    write,
    remove,
    changes: (since) => changesIn(changed, since, heldVersions),
  });
}

function copyOf(entry) {
  return entry && { ...entry };
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
