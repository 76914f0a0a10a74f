// What wasm asks of JavaScript. Nothing here throws into wasm, and whatever it promises settles in bounded time: the
// deadlines are kept here, whatever the task's own functions do.
import { coded, messageOf } from "./errors.js";
import { Exchange } from "./exchange.js";
import { printed } from "./kind-name.js";
import { faultOfPeer } from "./options.js";
import { peersFailed, spokenPeers, urlsGivenBy } from "./peer-urls.js";
import { FetchInits } from "./get-requests.js";
import { spokenDuration } from "./spoken.js";
import { after, elapsedMs, turn, within } from "./timing.js";
import { fetchFor } from "./transport.js";

/** The task's accept is given so long at least, also at the end of an exchange … */
const LEAST_ACCEPT_MS = 250;
/** … and called so often between two turns of the event loop. */
const ACCEPTS_AT_ONCE = 100;
/** How many words tell one kind of message of the wasm from another. */
const KIND_WORDS = 4;

/** The host of one Sharing; its methods are those of `JsHost` in src/wasm/host.rs. */
export class Host {
  #core;
  #options;
  #database;
  #clock;
  #events;
  #onRejected;
  #onSlow;
  #transport;
  #exchanges = new Set();
  #isAborted = false;

  /**
   * `clock()` gives the task's time; `events` hear what happens, `onRejected(items)` hears what was refused, and `onSlow()`
   * that a slow peer is to be asked beside the round.
   */
  constructor(core, options, { database, clock, events, onRejected, onSlow }) {
    this.#core = core;
    this.#options = options;
    this.#database = database;
    this.#clock = clock;
    this.#events = events;
    this.#onRejected = onRejected;
    this.#onSlow = onSlow;
    const fetch = fetchFor({ fetch: options.fetch, warn: (message) => options.logger.warn("FETCH", message) });
    this.#transport = { fetch, inits: new FetchInits(), maxBodyBytes: options.maxBodyBytes };
  }

  /** Lets the next round run. */
  begin() {
    this.#isAborted = false;
  }

  /** Ends the round under way, and every exchange of it. */
  abort() {
    this.#isAborted = true;
    for (const exchange of this.#exchanges) exchange.abort();
  }

  /** The round has ended: what outlives it keeps no process alive. */
  letGo() {
    for (const exchange of this.#exchanges) if (exchange.deadlineMs > this.#options.peerTimeoutMs) exchange.letGo();
  }

  /** Ends and frees what a dead instance had open, and will never close. */
  abandon() {
    this.abort();
    for (const exchange of [...this.#exchanges]) exchange.close();
    this.#database.abandon();
  }

  elapsedMs() {
    return elapsedMs();
  }

  nowMs() {
    return this.#clock();
  }

  turn() {
    return this.#core.guard(turn());
  }

  sleep(ms) {
    return this.#core.guard(new Promise((resolve) => after(ms, resolve)));
  }

  isAborted() {
    return this.#isAborted;
  }

  extraPeers(deadlineMs) {
    const late = () => peersFailed(`did not answer within ${spokenDuration(deadlineMs)}`);
    const urls = within(this.#extraUrls(), deadlineMs, late).catch((error) => {
      this.#options.logger.warn(error.code, `option peers ${error.message}`);
      throw error;
    });
    return this.#core.guard(urls);
  }

  /** A function may give urls that would be refused as an option: that is said. */
  async #extraUrls() {
    const urls = await urlsGivenBy(this.#options.peers);
    const fault = urls.map(faultOfPeer).find((one) => one !== undefined);
    if (fault !== undefined) this.#options.logger.warn("PEERS_URL", `${spokenPeers(this.#options.peers)} gave ${fault}`);
    return urls;
  }

  hasAccept() {
    return this.#options.accept !== undefined;
  }

  accept(envelopes, untilMs) {
    return this.#core.guard(this.#askTask(envelopes, Math.max(untilMs - elapsedMs(), LEAST_ACCEPT_MS)));
  }

  /** What the task's accept says of each; false for those of which it has not said anything in time. */
  async #askTask(envelopes, leftMs) {
    const answers = new Array(envelopes.length).fill(false);
    const ask = async (envelope, at) => {
      try {
        const answer = await this.#options.accept(JSON.parse(envelope));
        answers[at] = answer === true;
        if (typeof answer !== "boolean") this.#sayOfAccept(`gave ${printed(answer)}, wanted true or false`);
      } catch (error) {
        this.#sayOfAccept(`threw: ${messageOf(error)}`);
      }
    };
    const askAll = async () => {
      const asked = [];
      for (const [at, envelope] of envelopes.entries()) {
        if (at % ACCEPTS_AT_ONCE === 0) await turn();
        asked.push(ask(envelope, at));
      }
      await Promise.all(asked);
    };
    const late = () => coded("NOT_ACCEPTED", `did not answer within ${spokenDuration(leftMs)}`);
    await within(askAll(), leftMs, late).catch((error) => this.#sayOfAccept(error.message));
    return answers.slice();
  }

  /** Each way in which it fails is a kind of its own. */
  #sayOfAccept(what) {
    this.#options.logger.warn(`ACCEPT ${what.split(" ", 1)}`, `option accept ${what}`);
  }

  hearsRecords() {
    return this.#events.has("record");
  }

  recordsStored(envelopes) {
    for (const envelope of envelopes) this.#events.emit("record", JSON.parse(envelope));
  }

  hearsRejections() {
    return this.#events.has("rejected");
  }

  /** `fields` are url, key or "", code and message of each item. */
  rejected(fields) {
    const items = rejectionsOf(fields);
    this.#onRejected?.(items);
    for (const item of items) this.#events.emit("rejected", item);
  }

  idle(ms) {
    return this.#core.guard(new Promise((resolve) => after(ms, resolve, { keepsAlive: false })));
  }

  askSlow() {
    this.#onSlow();
  }

  /** Of a load the wasm knows what it was handed; what a slow database gives may be more. */
  progress(phase, handed, total) {
    const done = phase === "load" ? Math.max(handed, this.#database.entriesRead) : handed;
    this.#events.emit("progress", total === undefined ? { phase, done } : { phase, done, total });
  }

  /** Messages of the wasm that begin alike are of one kind: keys and counts in them vary. */
  warn(message) {
    const kind = message.replace(/\d+/g, "").trim().split(" ", KIND_WORDS).join(" ");
    this.#options.logger.warn(kind, message);
  }

  exchange(deadlineMs) {
    const onClose = () => this.#exchanges.delete(exchange);
    const exchange = new Exchange(this.#core, this.#transport, deadlineMs, onClose);
    this.#exchanges.add(exchange);
    if (this.#isAborted) exchange.abort();
    return exchange;
  }

  openDb() {
    return this.#core.guard(this.#database.kind());
  }

  entries(after) {
    return this.#guardedScan(this.#database.entries(after));
  }

  changes(since) {
    return this.#core.guard(this.#database.changes(since));
  }

  versions() {
    return this.#guardedScan(this.#database.versions());
  }

  getMany(keys) {
    return this.#core.guard(this.#database.getMany(keys));
  }

  write(entries) {
    return this.#core.guard(this.#database.write(entries.map(entryOf)));
  }

  remove(entries) {
    return this.#core.guard(this.#database.remove(entries.map(([key, version]) => ({ key, version }))));
  }

  readAll() {
    return this.#guardedScan(this.#database.readAll());
  }

  readSlots(keys, how, wasPut) {
    return this.#guardedScan(this.#database.readSlots(keys, how, wasPut));
  }

  putAll(keys, texts, isHeld) {
    return this.#core.guard(this.#database.putAll(keys.map((key, at) => ({ key, text: texts[at], isHeld: isHeld[at] }))));
  }

  /** What was called to put the last record. */
  putName() {
    return this.#database.putName();
  }

  /** The methods of what is resolved with are those of `JsScan`. */
  #guardedScan(opening) {
    const guarded = (scan) => ({
      page: () => this.#core.guard(scan.page()),
      texts: (places) => this.#core.guard(scan.texts(places)),
      close: () => scan.close(),
    });
    return this.#core.guard(opening.then(guarded));
  }
}

function rejectionsOf(fields) {
  const items = [];
  for (let at = 0; at < fields.length; at += 4) {
    const [url, key, code, message] = fields.slice(at, at + 4);
    items.push(key === "" ? { url, code, message } : { url, key, code, message });
  }
  return items;
}

const entryOf = ([key, version, text]) => ({ key, version, text });
