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
export const openTrusting = (folder) => open(folder, Node);

/** Stores only documents whose signatures are right. What a peer sends to its server is stored as it comes. */
export const openVerifying = (folder) => open(folder, VerifyingNode);

async function open(folder, Kind) {
  const Databases = PouchDB.defaults({ prefix: join(folder, "/") });
  const server = await listening(expressPouchDB(Databases, { mode: "minimumForPouchDB" }));
  return new Kind(new Databases(NAME), server);
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

  /** Resolves with the number of documents that it got. */
  async sync(bothWays) {
    if (bothWays === "atOnce") return (await this.#db.sync(this.#peer, REPLICATION)).pull.docs_written;
    const { docs_written: written } = await this.#db.replicate.from(this.#peer, REPLICATION);
    if (bothWays === "inTurn") await this.#db.replicate.to(this.#peer, REPLICATION);
    return written;
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

/**
 * Every write of a document to a database, of a replication too, goes through its `bulkDocs`, so that is wrapped, as
 * transform-pouch does. A `filter` of the replication would be given other copies than those that are stored.
 */
class VerifyingNode extends Node {
  #signatures = new Signatures(importedAs.jwk);
  #verified = 0;

  constructor(db, server) {
    super(db, server);
    const { bulkDocs } = db;
    db.bulkDocs = (body, ...rest) => {
      const sound = (Array.isArray(body) ? body : body.docs).filter((document) => this.#isSound(document));
      return bulkDocs.call(db, Array.isArray(body) ? sound : { ...body, docs: sound }, ...rest);
    };
  }

  async sync(bothWays) {
    const before = this.#verified;
    const written = await super.sync(bothWays);
    const verified = this.#verified - before;
    if (verified < written) throw new Error(`${written} documents were stored, and only ${verified} verified`);
    return written;
  }

  #isSound(document) {
    this.#verified += 1;
    return this.#signatures.isSound(document);
  }
}
