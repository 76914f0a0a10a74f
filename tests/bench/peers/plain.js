// What most would write by hand: the whole list as JSON with an ETag, each newer record verified by node:crypto, and LevelDB.
import { createHash } from "node:crypto";
import { join } from "node:path";
import { ClassicLevel } from "classic-level";
import { Signatures, conditionsOf, importedAs } from "../round/plain.js";
import { recordsUrl } from "../round/task.js";
import { listening } from "./listening.js";

const keyOf = ({ data, publicKey }) => `${publicKey}/${data.uuid}`;

export async function open(folder) {
  const node = new Node(new ClassicLevel(join(folder, "records")));
  await node.listen();
  return node;
}

class Node {
  #db;
  #server;
  #peer;
  #peerTag;
  #timestamps = new Map();
  #signatures = new Signatures(importedAs.jwk);
  /** The body and its tag, ready until something is stored. */
  #ready;

  constructor(db) {
    this.#db = db;
  }

  async listen() {
    this.#server = await listening((request, response) => this.#serve(request, response));
    this.url = this.#server.url;
  }

  meet(url) {
    this.#peer = url;
  }

  async put(records) {
    await this.#db.batch(records.map((record) => ({ type: "put", key: keyOf(record), value: JSON.stringify(record) })));
    for (const record of records) this.#timestamps.set(keyOf(record), record.data.timestamp);
    this.#ready = undefined;
  }

  async sync() {
    const response = await fetch(recordsUrl(this.#peer), { headers: conditionsOf(this.#peerTag) });
    if (response.status === 304) return;
    const records = await response.json();
    const newer = records.filter((record) => this.#isNewer(record) && this.#signatures.isSound(record));
    if (newer.length > 0) await this.put(newer);
    this.#peerTag = response.headers.get("etag");
  }

  async records() {
    return (await this.#db.values().all()).map((text) => JSON.parse(text));
  }

  async close() {
    await this.#server.close();
    await this.#db.close();
  }

  #isNewer(record) {
    return !(this.#timestamps.get(keyOf(record)) >= record.data.timestamp);
  }

  async #serve(request, response) {
    this.#ready ??= taggedBody(await this.#db.values().all());
    const { body, etag } = this.#ready;
    if (request.headers["if-none-match"] === etag) return response.writeHead(304, { etag }).end();
    response.writeHead(200, { "content-type": "application/json", "content-length": body.length, etag }).end(body);
  }
}

function taggedBody(texts) {
  const body = Buffer.from(`[${texts.join()}]`);
  return { body, etag: `"${createHash("sha1").update(body).digest("base64")}"` };
}
