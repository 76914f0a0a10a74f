// Records in a page's or worker's IndexedDB. Every batch and every page is a separate transaction, because one that
// waits for its caller ends by itself.

import { ChangedKeys, changesIn } from "../core/changed-keys.js";
import { GivenDatabase, NamedDatabase, answerOf } from "../core/indexeddb-connection.js";
import { StoreCalls } from "../core/store-calls.js";
import { claimOf, isKey, shortened } from "../core/store-contract.js";
import { refuseOptions } from "../core/store-options.js";
import { storeOver } from "../core/store-over.js";
import { keysOf, stillHeld, writeNewerThanHeld } from "../core/store-writes.js";
import { soundVersion } from "../core/stored-values.js";

// One object store holds the entries under ["record", key], and their versions again, for quick listing, under
// ["version", key]. An array sorts after every string, so that [kind, []] comes after the last key.
const PAGE_ENTRIES = 100;
const PAGE_VERSIONS = 1_000;

/**
 * A store in the database of that name, which is created if need be; or in an open database with an object store
 * `dbsharing` without a key path.
 *
 * @param {string | IDBDatabase} nameOrDb
 * @returns {import("../index.js").Store}
 * @throws {TypeError} when it is neither a name nor a database, or the database has no such object store
 * @throws {Error} when a name is given in a runtime without IndexedDB
 * @example
 * const { share } = createSharing({ serviceUrl, taskId, db: indexeddbStore("records") });
 */
export function indexeddbStore(nameOrDb, options) {
  refuseOptions(options, "indexeddbStore(nameOrDb) takes no options: give each collection a database of its own name");
  const isNamed = typeof nameOrDb === "string" && nameOrDb !== "";
  if (isNamed && typeof indexedDB !== "object") throw new Error("indexeddbStore(name): this runtime has no IndexedDB");
  const changed = new ChangedKeys();
  const forget = () => changed.noteAll();
  const database = isNamed ? new NamedDatabase(nameOrDb, forget) : new GivenDatabase(nameOrDb);
  const others = othersOf(isNamed ? nameOrDb : nameOrDb.name, { onKeys: noteAll, onMissed: forget });
  const calls = new StoreCalls("indexeddbStore", {
    // A browser's message while it closes the database would mislead.
    reasonOf: (cause) => (calls.isClosed ? "this store is closed" : reasonOf(cause)),
  });

  function noteAll(keys) {
    for (const key of keys) changed.note(key);
  }

  /** Changes the database by `work`, which returns the changed entries, and reports them to the other stores. */
  async function change(work) {
    const keys = keysOf(await database.transact("readwrite", work));
    noteAll(keys);
    if (keys.length > 0) others?.tell(keys);
  }

  async function write(entries) {
    let outcomes;
    await change(async (objects) => {
      let written;
      outcomes = await writeNewerThanHeld(
        entries,
        (keys) => heldVersions(objects, keys),
        (winners) => {
          for (const winner of winners) put(objects, winner);
          written = winners;
        },
      );
      return written;
    });
    return outcomes;
  }

  function remove(entries) {
    return change(async (objects) => {
      const unchanged = await stillHeld(entries, (keys) => recordVersions(objects, keys));
      for (const { key } of unchanged) {
        objects.delete(["record", key]);
        objects.delete(["version", key]);
      }
      return unchanged;
    });
  }

  /** Yields pages of at most `size` rows that `read(objects, range, size)` returns, each with its place first. */
  async function* pages(gt, size, attempt, read) {
    for (let after = gt === undefined ? ["record"] : ["record", gt]; ; ) {
      const range = IDBKeyRange.bound(after, ["record", []], true);
      const rows = await attempt(() => database.transact("readonly", (objects) => read(objects, range, size)));
      yield rows.filter(([place]) => place.length === 2 && isKey(place[1])).map(([[, key], value]) => [key, value]);
      if (rows.length < size) return;
      [after] = rows[size - 1];
    }
  }

  async function* entryPages({ gt, limit }, attempt) {
    for await (const page of pages(gt, Math.min(PAGE_ENTRIES, limit), attempt, readRecords)) {
      yield page.map(([key, value]) => entryOf(key, value));
    }
  }

  async function* versionPages(attempt) {
    for await (const page of pages(undefined, PAGE_VERSIONS, attempt, readVersions)) {
      yield page.map(([key, version]) => ({ key, version }));
    }
  }

  async function getMany(keys) {
    const values = await database.transact("readonly", (objects) => recordsOf(objects, keys));
    return values.map((value, index) => entryOf(keys[index], value));
  }

  function changesSince(since) {
    const versionsOf = (keys) => database.transact("readonly", (objects) => heldVersions(objects, keys));
    return changesIn(changed, since, versionsOf);
  }

  const store = storeOver(calls, {
    getMany,
    entryPages,
    versionPages,
    write,
    remove,
    changes: others && changesSince,
    close() {
      others?.close();
      return database.close();
    },
  });

  function watch(onChange) {
    let lastReport = Promise.resolve(); // in the order of the writes
    async function report(keys) {
      const entries = await store.getMany(keys).catch(() => []); // the store's next call rejects with the reason
      entries.forEach((entry, index) => onChange(keys[index], entry));
    }
    return others?.listen((keys) => (lastReport = lastReport.then(() => report(keys)))) ?? ignore;
  }

  const claim = claimOf(isNamed ? indexedDB : nameOrDb, isNamed ? nameOrDb : "", 'indexeddbStore("another name")');
  return { ...store, watch, claim };
}

/**
 * The stores of other pages and workers over a database of that name: `tell(keys)` reports to them what changed here,
 * `onKeys` is called with what they changed, and `onMissed` when a report may have been missed. Undefined if the browser
 * has no BroadcastChannel.
 */
function othersOf(name, { onKeys, onMissed }) {
  if (typeof BroadcastChannel !== "function") return undefined;
  const channel = new BroadcastChannel(`dbsharing ${name}`);
  // A page that the user left and came back to has missed all reports meanwhile.
  const onPageShow = ({ persisted }) => persisted && onMissed();
  globalThis.addEventListener?.("pageshow", onPageShow);
  channel.addEventListener("messageerror", onMissed);

  function listen(onOthersKeys) {
    const hear = ({ data }) => {
      if (Array.isArray(data)) onOthersKeys(data.filter(isKey));
    };
    channel.addEventListener("message", hear);
    return () => channel.removeEventListener("message", hear);
  }
  listen(onKeys);

  return {
    listen,
    tell: (keys) => channel.postMessage(keys),
    close() {
      globalThis.removeEventListener?.("pageshow", onPageShow);
      channel.close();
    },
  };
}

async function readRecords(objects, range, size) {
  const [places, values] = await Promise.all([
    answerOf(objects.getAllKeys(range, size)),
    answerOf(objects.getAll(range, size)),
  ]);
  return places.map((place, index) => [place, values[index]]);
}

// A record is there if its own row is; a version without one, or a row without a version, was
// damaged by something else.
async function readVersions(objects, range, size) {
  const places = await answerOf(objects.getAllKeys(range, size));
  if (places.length === 0) return [];
  const [first, last] = [places[0], places.at(-1)].map(([, ...key]) => ["version", ...key]);
  const between = IDBKeyRange.bound(first, last);
  const [keys, versions] = await Promise.all([answerOf(objects.getAllKeys(between)), answerOf(objects.getAll(between))]);
  const versionByPlace = new Map(keys.map(([, ...key], index) => [String(key), versions[index]]));
  return places.map((place) => [place, soundVersion(versionByPlace.get(String(place.slice(1))))]);
}

function recordsOf(objects, keys) {
  return Promise.all(keys.map((key) => answerOf(objects.get(["record", key]))));
}

async function recordVersions(objects, keys) {
  const records = await recordsOf(objects, keys);
  return records.map((record) => record && soundVersion(record.version));
}

function put(objects, { key, version, text }) {
  objects.put({ version, text }, ["record", key]);
  objects.put(version, ["version", key]);
}

/** The stored versions: read from both rows of a key, which differ only if something else has damaged one. */
async function heldVersions(objects, keys) {
  const listed = Promise.all(keys.map((key) => answerOf(objects.get(["version", key]))));
  const records = await recordsOf(objects, keys);
  const versions = await listed;
  return records.map((record, at) => {
    if (record === undefined) return undefined;
    const { version } = entryOf(keys[at], record);
    return versions[at] === version ? version : "";
  });
}

function entryOf(key, value) {
  if (value === undefined) return undefined;
  const { version, text } = Object(value);
  return { key, version: soundVersion(version), text: typeof text === "string" ? text : "" };
}

// A browser's error may have a name and no message.
function reasonOf(cause) {
  const { name, message } = Object(cause);
  return shortened(name && name !== "Error" ? `${name} ${message}`.trim() : String(message ?? cause));
}

function ignore() {}
