// Records in a page's or worker's IndexedDB. Every batch and every page is a transaction of its own, because one that
// waits for its caller ends by itself.

import { ChangedKeys, changesIn } from "../core/changed-keys.js";
import { GivenDatabase, NamedDatabase, answerOf } from "../core/indexeddb-connection.js";
import { changeOf, checkEntries, claimOf, decideWrites, isKey, isVersion, readOf, shortened } from "../core/store-contract.js";
import { refuseOptions } from "../core/store-options.js";

// One object store holds both what is listed whole and what is listed quickly, under ["record", key] and
// ["version", key]. An array sorts after every text, so that [kind, []] is past the last key.
const PAGE_RECORDS = 100;
const PAGE_VERSIONS = 1_000;

/**
 * A store in the database of that name, which is made when it is not there; or in an open one, which has an object
 * store `dbsharing` without a key path.
 *
 * @param {string | IDBDatabase} nameOrDb
 * @returns {import("../index.js").Store}
 * @throws {TypeError} when it is neither a name nor a database, or the database has no such object store
 * @throws {Error} when a name is given where there is no IndexedDB
 * @example
 * const { share } = createSharing({ serviceUrl, taskId, db: indexeddbStore("records") });
 */
export function indexeddbStore(nameOrDb, options) {
  refuseOptions(options, "indexeddbStore(nameOrDb) takes no options: give each collection a database of its own name");
  const isNamed = typeof nameOrDb === "string" && nameOrDb !== "";
  if (isNamed && typeof indexedDB !== "object") throw new Error("indexeddbStore(name): there is no IndexedDB here");
  const changed = new ChangedKeys();
  const forget = () => changed.noteAll();
  const database = isNamed ? new NamedDatabase(nameOrDb, forget) : new GivenDatabase(nameOrDb);
  const others = othersOf(isNamed ? nameOrDb : nameOrDb.name, { onKeys: noteAll, onMissed: forget });
  const writes = new Set();
  let closed = false;

  function noteAll(keys) {
    for (const key of keys) changed.note(key);
  }

  async function attempt(what, mode, work) {
    if (closed) throw new Error(`indexeddbStore could not ${what}: this store is closed`);
    try {
      return await database.transact(mode, work);
    } catch (cause) {
      throw new Error(`indexeddbStore could not ${what}: ${closed ? "this store is closed" : reasonOf(cause)}`, { cause });
    }
  }

  /** Changes the database, and says to all who follow it which keys changed. */
  async function change(what, work) {
    const underWay = attempt(what, "readwrite", work).then((keys) => {
      noteAll(keys);
      if (keys.length > 0) others?.tell(keys);
    });
    writes.add(underWay);
    return underWay.finally(() => writes.delete(underWay));
  }

  /** Pages of what `read(objects, range, size)` gives, of which the first item of each is a key of the object store. */
  async function* pages(what, gt, size, read) {
    for (let after = gt === undefined ? ["record"] : ["record", gt]; ; ) {
      const range = IDBKeyRange.bound(after, ["record", []], true);
      const rows = await attempt(what, "readonly", (objects) => read(objects, range, size));
      const page = rows.filter(([place]) => place.length === 2 && isKey(place[1]));
      yield page.map(([[, key], value]) => [key, value]);
      if (rows.length < size) return;
      [after] = rows[size - 1];
    }
  }

  async function getMany(keys) {
    const values = await attempt(readOf(keys), "readonly", (objects) => recordsOf(objects, keys));
    return values.map((value, index) => entryOf(keys[index], value));
  }

  return {
    getMany,

    async *entries({ gt, limit = Infinity } = {}) {
      let left = limit;
      if (left <= 0) return;
      for await (const page of pages("list its entries", gt, Math.min(PAGE_RECORDS, left), readRecords)) {
        for (const [key, value] of page) {
          yield entryOf(key, value);
          left -= 1;
          if (left <= 0) return;
        }
      }
    },

    async *versions() {
      for await (const page of pages("list its versions", undefined, PAGE_VERSIONS, readVersions)) {
        for (const [key, version] of page) yield { key, version };
      }
    },

    async write(entries) {
      checkEntries(entries);
      let outcomes;
      await change(changeOf("write", entries), async (objects) => {
        const decided = decideWrites(
          entries,
          await heldVersions(
            objects,
            entries.map(({ key }) => key),
          ),
        );
        for (const { key, version, text } of decided.winners) {
          objects.put({ version, text }, ["record", key]);
          objects.put(version, ["version", key]);
        }
        ({ outcomes } = decided);
        return decided.winners.map(({ key }) => key);
      });
      return outcomes;
    },

    async remove(entries) {
      await change(changeOf("remove", entries), async (objects) => {
        const held = await recordsOf(
          objects,
          entries.map(({ key }) => key),
        );
        const unchanged = entries.filter(({ version }, at) => versionOf(held[at]?.version) === version);
        for (const { key } of unchanged) {
          objects.delete(["record", key]);
          objects.delete(["version", key]);
        }
        return unchanged.map(({ key }) => key);
      });
    },

    ...(others && {
      changes: (since) =>
        changesIn(changed, since, (keys) => attempt("look for changes", "readonly", (objects) => heldVersions(objects, keys))),
    }),

    watch(onChange) {
      let lastTold = Promise.resolve(); // what was written later is reported later
      async function tell(keys) {
        const entries = await getMany(keys).catch(() => []); // the next call of the store says what is wrong
        entries.forEach((entry, index) => onChange(keys[index], entry));
      }
      return others?.listen((keys) => (lastTold = lastTold.then(() => tell(keys)))) ?? ignore;
    },

    claim: claimOf(isNamed ? indexedDB : nameOrDb, isNamed ? nameOrDb : "", 'indexeddbStore("another name")'),

    async close() {
      closed = true;
      await Promise.allSettled(writes);
      others?.close();
      await database.close();
    },
  };
}

/**
 * The stores of other pages and workers over a database of that name: `tell(keys)` says to them what was changed here,
 * `onKeys` hears what they changed, and `onMissed` that something may not have been heard. Undefined where the browser
 * has no BroadcastChannel.
 */
function othersOf(name, { onKeys, onMissed }) {
  if (typeof BroadcastChannel !== "function") return undefined;
  const channel = new BroadcastChannel(`dbsharing ${name}`);
  // A page that one left and came back to has heard nothing meanwhile.
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

// A record is there if its own row is; a version without one, or a row without a version, is what something else has
// damaged.
async function readVersions(objects, range, size) {
  const places = await answerOf(objects.getAllKeys(range, size));
  if (places.length === 0) return [];
  const [first, last] = [places[0], places.at(-1)].map(([, ...key]) => ["version", ...key]);
  const between = IDBKeyRange.bound(first, last);
  const [keys, versions] = await Promise.all([answerOf(objects.getAllKeys(between)), answerOf(objects.getAll(between))]);
  const versionByPlace = new Map(keys.map(([, ...key], index) => [String(key), versions[index]]));
  return places.map((place) => [place, versionOf(versionByPlace.get(String(place.slice(1)))) ?? ""]);
}

function recordsOf(objects, keys) {
  return Promise.all(keys.map((key) => answerOf(objects.get(["record", key]))));
}

/** The stored versions: of both rows of a key, which differ only where something else has damaged one. */
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
  return { key, version: versionOf(version) ?? "", text: typeof text === "string" ? text : "" };
}

// What something else has damaged counts as older than any record, so that a good copy replaces it.
function versionOf(version) {
  if (version === undefined) return undefined;
  return isVersion(version) ? version : "";
}

// A browser's error may be all name and no message.
function reasonOf(cause) {
  const { name, message } = Object(cause);
  return shortened(name && name !== "Error" ? `${name} ${message}`.trim() : String(message ?? cause));
}

function ignore() {}
