// Plays exchanges of two nodes whose sets differ in some records, through a meter that tells bodies from heads.
import { mkdtempSync } from "node:fs";
import { join } from "node:path";
import { signer } from "../../js/fixtures/records.js";
import { makeRecords } from "../corpus.js";
import { HttpParts } from "../peers/http-parts.js";
import { Meter } from "../peers/meter.js";
import { Child } from "./child.js";
import { summaryOf } from "./task.js";

const PROGRAM = "../peers/node-process.js";
const MAX_KEYS = 10_000;
const PUT_AT_ONCE = 2_000;
/** Far from each other, and each place once. */
const STRIDE = 7_919;

/** A server and a client in processes of their own, with the same records, which are kept for all scenarios of this size. */
export class Pair {
  #server = new Child(PROGRAM, ["dbsharing"]);
  #client = new Child(PROGRAM, ["dbsharing"]);
  #requests = [];
  #meter = new Meter(() => new HttpParts((request) => this.#requests.push(request)));
  #backMeter = new Meter(() => new HttpParts((request) => this.#requests.push(request)));
  #signers = new Map();
  #records;
  #count;
  #edits = 0;

  async open(count, folder) {
    const place = mkdtempSync(join(folder, "pair-"));
    this.#count = count;
    this.#records = makeRecords({ count, keys: Math.min(count, MAX_KEYS) });
    const toServer = await this.#meter.open(await this.#server.ask("open", join(place, "server")));
    const toClient = await this.#backMeter.open(await this.#client.ask("open", join(place, "client")));
    for (let from = 0; from < count; from += PUT_AT_ONCE) {
      for (const end of [this.#server, this.#client]) await end.ask("put", this.#records.slice(from, from + PUT_AT_ONCE));
    }
    await this.#client.ask("meet", toServer);
    await this.#server.ask("meet", toClient);
    await this.#client.ask("sync");
    await this.#server.ask("sync");
    return this;
  }

  /** Bytes and requests of the client's exchange, and with those of the server's after it. */
  async exchange({ serverEdits = 0, clientEdits = 0, clientNew = 0 }) {
    // The last two discoveries noted little, so that the exchange begins as it does at a node that knows of nothing.
    await this.#play({ serverEdits: 1, clientEdits: 0, clientNew: 0 });
    const figures = await this.#play({ serverEdits, clientEdits, clientNew });
    return { ...figures, ...(await this.#client.ask("knownStall")) };
  }

  async #play({ serverEdits, clientEdits, clientNew }) {
    const [ofServer, ofClient] = [this.#edited(serverEdits), [...this.#edited(clientEdits), ...this.#made(clientNew)]];
    if (ofServer.length > 0) await this.#server.ask("put", ofServer);
    if (ofClient.length > 0) await this.#client.ask("put", ofClient);
    const first = await this.#synced(this.#client);
    const second = await this.#synced(this.#server);
    const itemBytes = bytesOf([...ofServer, ...ofClient]);
    return { ...figuresOf(first), ratio: bodiesOf([...first, ...second]) / itemBytes };
  }

  async #synced(end) {
    this.#requests = [];
    await end.ask("sync");
    return this.#requests;
  }

  #edited(count) {
    return Array.from({ length: Math.min(count, this.#count) }, () => {
      const place = (this.#edits * STRIDE) % this.#count;
      this.#edits += 1;
      const { data, publicKey, username } = this.#records[place];
      const newer = { ...data, timestamp: data.timestamp + 2_000 };
      const by = this.#signerOf(place % Math.min(this.#count, MAX_KEYS));
      this.#records[place] = { data: newer, publicKey, signature: by.sign(JSON.stringify(newer)), username };
      return this.#records[place];
    });
  }

  #made(count) {
    return Array.from({ length: count }, () => {
      const [{ data, publicKey, username }, by] = [this.#records[0], this.#signerOf(0)];
      this.#edits += 1;
      const fresh = { ...data, uuid: `new-${this.#edits}` };
      const record = { data: fresh, publicKey, signature: by.sign(JSON.stringify(fresh)), username };
      this.#records.push(record);
      return record;
    });
  }

  #signerOf(number) {
    if (!this.#signers.has(number)) this.#signers.set(number, signer(`measured ${number}`));
    return this.#signers.get(number);
  }

  /** Throws unless both hold what they should. */
  async check() {
    const wanted = summaryOf(this.#records).hash;
    for (const end of [this.#server, this.#client]) {
      if ((await end.ask("summary")).hash !== wanted) throw new Error("after exchanges an end holds other records");
    }
  }

  async end() {
    await Promise.all([this.#server.end(), this.#client.end()]);
    await this.#meter.close();
    await this.#backMeter.close();
  }
}

const isAudit = ({ target }) => target.includes("/symbols?view=1");
const isOfRecords = ({ target }) => target.includes("/records?ids=");

/** What one exchange took; the audit, and the records that it asks for, count apart. */
function figuresOf(requests) {
  const first = requests.findIndex(isAudit);
  const [others, audit] = first < 0 ? [requests, []] : [requests.slice(0, first), requests.slice(first)];
  const symbols = others.filter((request) => !isOfRecords(request));
  if (requests.some(({ status }) => status !== 200)) throw new Error(`answers: ${JSON.stringify(requests)}`);
  const auditBytes = bodiesOf(audit.filter(isAudit));
  return {
    symbolsBytes: bodiesOf(symbols),
    requests: others.length,
    recordsBytes: bodiesOf(others.filter(isOfRecords)),
    auditRequests: audit.length,
    auditBytes,
    auditRecordsBytes: bodiesOf(audit) - auditBytes,
    auditShare: bodiesOf(audit) / bodiesOf(others),
    headBytes: requests.reduce((sum, { headBytes }) => sum + headBytes, 0) / requests.length,
  };
}

const bodiesOf = (requests) => requests.reduce((sum, { bodyBytes }) => sum + bodyBytes, 0);
/** Of records as they are served: without what no signature covers. */
const bytesOf = (records) => records.reduce((sum, record) => sum + Buffer.byteLength(JSON.stringify(itemOf(record))), 0);
const itemOf = ({ username: _, ...record }) => ({ id: `${record.publicKey}/${record.data.uuid}`, value: record });
