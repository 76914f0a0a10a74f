// PouchDB with its documents in LevelDB, served by express-pouchdb. A record is a document, its key the document's id.
import { join } from "node:path";
import expressPouchDB from "express-pouchdb";
import PouchDB from "pouchdb";
import { Signatures, importedAs } from "../round/plain.js";
import { listening } from "./listening.js";

const REPLICATION = { batch_size: 2_000 };
const NAME = "records";

const idOf = ({ data, publicKey }) => `${publicKey}/${data.uuid}`;

/** Stores what comes. */
export const openTrusting = (folder) => open(databasesIn(folder));

/** Stores only documents whose signatures are right. */
export const openVerifying = (folder) => open(verifying(databasesIn(folder)));

const databasesIn = (folder) => PouchDB.defaults({ prefix: join(folder, "/") });

/**
 * Every write of a document, of a replication too, goes through `bulkDocs`, which plugins such as transform-pouch wrap. A
 * filter of the replication would be given other copies than those that are stored.
 */
function verifying(Databases) {
  const signatures = new Signatures(importedAs.jwk);
  const { bulkDocs } = Databases.prototype;
  Databases.prototype.bulkDocs = function bulkDocsVerified(body, ...rest) {
    const docs = (Array.isArray(body) ? body : body.docs).filter((document) => signatures.isSound(document));
    return bulkDocs.call(this, Array.isArray(body) ? docs : { ...body, docs }, ...rest);
  };
  return Databases;
}

async function open(Databases) {
  const server = await listening(expressPouchDB(Databases, { mode: "minimumForPouchDB" }));
  return new Node(new Databases(NAME), server);
}

class Node {
  #db;
  #server;
  #peer;

  constructor(db, server) {
    this.#db = db;
    this.#server = server;
    this.url = server.url;
  }

  meet(url) {
    this.#peer = new PouchDB(`${url}/${NAME}`);
  }

  async put(records) {
    const { rows } = await this.#db.allDocs({ keys: records.map(idOf) });
    const documents = records.map((record, at) => ({ _id: idOf(record), _rev: rows[at].value?.rev, ...record }));
    const results = await this.#db.bulkDocs(documents);
    const failed = results.find(({ ok }) => !ok);
    if (failed || results.length < records.length) throw new Error(`a document was not stored: ${JSON.stringify(failed)}`);
  }

  async sync(bothWays) {
    if (bothWays) await this.#db.sync(this.#peer, REPLICATION);
    else await this.#db.replicate.from(this.#peer, REPLICATION);
  }

  async records() {
    const { rows } = await this.#db.allDocs({ include_docs: true });
    return rows.map(({ doc }) => doc);
  }

  async close() {
    await this.#server.close();
    await this.#db.close();
  }
}
