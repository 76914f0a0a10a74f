// Records in a NeDB datastore that also holds other documents, such as the one that a task's namespaceWrapper gives.
// NeDB has neither atomic batches nor conditional writes: batches go through a journal document, one at a time.

import { kindName } from "../core/kind-name.js";
import { call, holdFile, sharedOf } from "../core/nedb-datastore.js";
import { withLineBreaks, withoutLineBreaks } from "../core/nedb-text.js";
import { wrongArgument } from "../core/option-errors.js";
import { StoreCalls } from "../core/store-calls.js";
import { claimOf, isKey, shortened } from "../core/store-contract.js";
import { checkStoreOptions } from "../core/store-options.js";
import { storeOver } from "../core/store-over.js";
import { keysOf, readInParts, writeNewerThanHeld } from "../core/store-writes.js";
import { soundVersion } from "../core/stored-values.js";

const NAME = /^[\w-]{1,64}$/;
const IDS_A_QUERY = 100; // NeDB compares every document found with every id asked

/**
 * A store among the other documents of `datastore`: one of `nedb-promises`, or of `@seald-io/nedb` that is loaded.
 *
 * @param {object} datastore
 * @param {{ name?: string }} [options] `name` gives a collection its own place beside the one without a name
 * @returns {import("../index.js").Store}
 * @throws {TypeError} when `datastore` is not a NeDB datastore, or orders strings by its own function; or when `name`
 *   is not a name
 * @throws {Error} with the code "NEDB_LOCKED" when another datastore object has a store over the same file
 * @example
 * const { share } = createSharing({ serviceUrl, taskId, db: nedbStore(await namespaceWrapper.getDb()) });
 */
export function nedbStore(datastore, options = {}) {
  checkDatastore(datastore);
  const place = placeOf(options);
  const [recordIds, journalId] = [`${place}r/`, `${place}journal`];
  // The wrapper's methods would notify the task's listeners of every record.
  const db = datastore.__original ?? datastore;
  const release = holdFile(db);
  const shared = sharedOf(db);

  function oneAtATime(work) {
    const result = shared.lastCall.then(opened).then(work);
    shared.lastCall = result.then(ignore, ignore);
    return result;
  }

  async function opened() {
    if (shared.replayed.has(place)) return;
    await datastore.load?.(); // nedb-promises reads its file at the first call
    const [journal] = await call(db, "find", { _id: journalId }, {});
    if (journal) {
      const held = await heldDocuments(journal.documents.map(({ _id }) => _id));
      await put(
        journal.documents.filter((document) => !(versionOf(held.get(document._id)) >= document.version)),
        held,
      );
      await remove(journalId);
    }
    shared.replayed.add(place);
  }

  async function heldDocuments(ids) {
    const documents = await readInParts(ids, IDS_A_QUERY, (part) => call(db, "find", { _id: { $in: part } }, {}));
    return new Map(documents.map((document) => [document._id, document]));
  }

  async function write(entries) {
    await shared.mend();
    const held = await heldDocuments(keysOf(entries).map(idOf));
    const heldVersions = (keys) => keys.map((key) => versionOf(held.get(idOf(key))));
    return writeNewerThanHeld(entries, heldVersions, (winners) => putAll(winners.map(documentOf), held));
  }

  /** Puts all of the documents or none. */
  async function putAll(documents, held) {
    // One document is one line of the file, which is there or not.
    const isJournaled = documents.length > 1;
    try {
      if (isJournaled) await replace({ _id: journalId, documents });
      await put(documents, held);
      shared.refuseTorn();
    } catch (error) {
      await putBack(documents, held);
      throw error;
    }
    // The batch is whole: a journal that is left is replayed at the next start, and then finds nothing to do.
    if (isJournaled) await remove(journalId).catch(ignore);
  }

  async function put(documents, held) {
    const fresh = documents.filter(({ _id }) => !held.has(_id));
    if (fresh.length > 0) await call(db, "insert", fresh);
    for (const document of documents) if (held.has(document._id)) await replace(document);
  }

  // NeDB changes its memory before its file. Memory has to be as it was; if the file cannot be written either, the
  // journal in it has the whole batch.
  async function putBack(documents, held) {
    for (const { _id } of documents) await (held.has(_id) ? replace(held.get(_id)) : remove(_id)).catch(ignore);
    await shared.abandon(
      journalId,
      documents.map(({ _id }) => _id),
    );
  }

  function replace(document) {
    return call(db, "update", { _id: document._id }, document, { upsert: true });
  }

  function remove(_id) {
    return call(db, "remove", { _id }, {});
  }

  async function removeUnchanged(entries) {
    await shared.mend();
    for (const { key, version } of entries) await call(db, "remove", { _id: idOf(key), version }, {});
    shared.refuseTorn();
  }

  // One query for each first character of a key: short ones that an index answers, so that nothing waits for long.
  // Their documents share their texts with NeDB, which has all of them in memory.
  async function* pages({ gt }, attempt, read) {
    for (let code = gt ? gt.charCodeAt(0) : 0x21; code <= 0x7e; code += 1) {
      const range = { $gte: idOf(String.fromCharCode(code)), $lt: idOf(String.fromCharCode(code + 1)) };
      if (gt !== undefined) range.$gt = idOf(gt);
      const documents = await attempt(() => call(db, "find", { _id: range }, {}));
      const ours = documents.filter(({ _id }) => isKey(keyOf(_id)));
      yield ours.sort((one, other) => (one._id < other._id ? -1 : 1)).map(read);
    }
  }

  function idOf(key) {
    return recordIds + key;
  }

  function keyOf(id) {
    return id.slice(recordIds.length);
  }

  function documentOf({ key, version, text }) {
    return { _id: idOf(key), version, text: withoutLineBreaks(text) };
  }

  function entryOf(document) {
    if (document === undefined) return undefined;
    const text = typeof document.text === "string" ? withLineBreaks(document.text) : "";
    return { key: keyOf(document._id), version: versionOf(document), text };
  }

  function listedVersion(document) {
    return { key: keyOf(document._id), version: versionOf(document) };
  }

  async function getMany(keys) {
    const ids = keys.map(idOf);
    const held = await heldDocuments(ids);
    return ids.map((id) => entryOf(held.get(id)));
  }

  async function close() {
    await shared.lastCall;
    await shared.mend().catch(ignore); // whatever opens the file next needs it whole
    release();
  }

  const store = storeOver(new StoreCalls("nedbStore", { run: oneAtATime }), {
    getMany,
    entryPages: (range, attempt) => pages(range, attempt, entryOf),
    versionPages: (attempt) => pages({}, attempt, listedVersion),
    write,
    remove: removeUnchanged,
    close,
  });
  return { ...store, claim: claimOf(db, place, 'nedbStore(datastore, { name: "another" })') };
}

function checkDatastore(datastore) {
  const isDatastore = ["find", "insert", "update", "remove"].every((name) => typeof datastore?.[name] === "function");
  if (!isDatastore) {
    throw wrongArgument("nedbStore(datastore)", kindName(datastore), "a NeDB datastore, for example Datastore.create(path)");
  }
  if ((datastore.__original ?? datastore).compareStrings) {
    const why = "keys are ordered by their characters";
    throw wrongArgument("nedbStore(datastore)", "a datastore with compareStrings", `one without it: ${why}`);
  }
}

// No key of the collection without a name can look like an id of one that has a name, or the other way round.
function placeOf(options) {
  checkStoreOptions("nedbStore", "datastore", options, ["name"]);
  const { name } = options;
  if (name === undefined) return "dbsharing/";
  if (typeof name === "string" && NAME.test(name)) return `dbsharing/n/${name}/`;
  const got = typeof name === "string" ? shortened(JSON.stringify(name)) : kindName(name);
  throw wrongArgument("nedbStore(datastore, { name })", got, "a name of 1 to 64 letters, digits, - or _");
}

function versionOf(document) {
  return document && soundVersion(typeof document.text === "string" ? document.version : undefined);
}

function ignore() {}
