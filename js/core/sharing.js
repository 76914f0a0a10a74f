// One Sharing: the node in wasm as a task sees it. Rounds, timers, events and guards; what a node decides is in wasm.
import { Database } from "./database.js";
import { coded, isCoded, messageOf } from "./errors.js";
import { callGuarded, Events } from "./events.js";
import { kindName } from "./kind-name.js";
import { Logger } from "./logger.js";
import { checkOptions } from "./options.js";
import { Host } from "./host.js";
import { Publishing } from "./publishing.js";
import { putMany, putOne } from "./put-many.js";
import { checkFilter } from "./record-filter.js";
import { runtime } from "./runtime.js";
import { Answers, Pages } from "./serve.js";
import { withServiceUrl } from "./service-url.js";
import { RoundMessages } from "./round-messages.js";
import { taskTimeMs } from "./task-clock.js";
import { clearInterval, elapsedMs, setInterval } from "./timing.js";
import { Updates } from "./updates.js";

/** The headers of a request that the engine reads, in its order. */
const HEADERS_OF_REQUESTS = ["accept", "if-none-match", "access-control-request-headers"];

export class Sharing {
  #core;
  #database;
  #options;
  #events;
  #messages;
  #answers;
  #host;
  #engine;
  #generation;
  #round;
  #slow = new Set(); // promises of exchanges outside the rounds
  #timer;
  #lastReport;
  #updates;
  #publishing;

  constructor(core, given) {
    const checked = checkOptions(given);
    const logger = new Logger(checked.logger, checked.collection);
    const warn = (kind, message) => logger.warn(kind, message);
    const database = new Database({ ...checked, warn });
    this.#core = core;
    this.#database = database;
    this.#options = { ...checked, logger };
    this.#events = new Events(logger);
    this.#messages = new RoundMessages(logger, checked);
    const onRejected = (items) => this.#messages.noteRejected(items);
    const heard = { events: this.#events, onRejected, onSlow: () => this.#askSlow() };
    this.#host = new Host(core, this.#options, { database, clock: () => this.nowMs(), ...heard });
    this.#answers = new Answers(this, warn);
    this.#updates = new Updates(core, this, checked.identity);
    this.#publishing = new Publishing(core, this, this.#options);
    checked.signal?.addEventListener("abort", () => void this.stop());
    database.watch((key, version) => this.#noteChange(key, version)).catch(() => {});
  }

  /** The object that the task gets: bound functions, so that each can be used alone. */
  publicFace() {
    return {
      on: (event, listener) => this.#events.on(event, listener),
      share: () => this.share(),
      start: () => this.start(),
      stop: () => this.stop(),
      put: (record) => this.put(record),
      putMany: (records) => this.putMany(records),
      update: (data, secretKey) => this.#updates.update(data, secretKey),
      get: (key) => this.get(key),
      records: (filter) => this.records(filter),
      publish: (record, options) => this.#publishing.publish(record, options),
      handle: (request) => this.#answers.handle(request),
      status: () => this.status(),
      ready: () => this.ready(),
    };
  }

  /** One round, or the one under way, which ends when all listeners have its report; never rejects. */
  share() {
    this.#round ??= this.#share();
    return this.#round;
  }

  start() {
    if (this.#timer !== undefined || this.#options.signal?.aborted) return;
    this.#timer = setInterval(() => void this.share(), this.#options.intervalMs);
    this.#timer.unref?.();
    void this.share();
  }

  async stop() {
    clearInterval(this.#timer);
    this.#timer = undefined;
    this.#host.abort();
    this.#publishing.abort();
    await Promise.all([this.#round, ...this.#slow]);
  }

  async put(record) {
    const result = await putOne(record, (text) => this.#operate((engine, settle) => engine.put(text, this.nowMs(), settle)));
    this.#messages.noteVerdict(result);
    return result;
  }

  async putMany(records) {
    const store = (texts) => this.#operate((engine, settle) => engine.putMany(texts, this.nowMs(), settle));
    const results = await putMany(records, store);
    for (const result of results) this.#messages.noteVerdict(result);
    return results;
  }

  async get(key) {
    if (typeof key !== "string") throw coded("BAD_ID", `the key is ${kindName(key)}; wanted a string`);
    const text = await this.#operate((engine, settle) => engine.get(key, settle));
    return text === undefined ? undefined : JSON.parse(text);
  }

  /** Reads the store, unless its content is known. */
  async ready() {
    await this.#operate((engine, settle) => engine.load(settle));
  }

  /** Throws at once if the filter is wrong. */
  records(filter) {
    const isOwner = this.#options.identity === "owner";
    return this.#read(checkFilter(filter, { isOwner, slotOf: (publicKey) => this.#core.recordKey(publicKey) }));
  }

  async *#read({ after, prefix, limit }) {
    await this.ready();
    const pages = this.#pages(this.ask((engine) => engine.openRecords(after, prefix, limit)));
    const decoder = new TextDecoder();
    try {
      for (let page = await pages.next(); page !== undefined; page = await pages.next()) {
        yield* JSON.parse(decoder.decode(page));
      }
    } finally {
      pages.close();
    }
  }

  status() {
    const status = this.ask((engine) => engine.status());
    return { records: undefined, digest: undefined, ...status, lastReport: this.#lastReport };
  }

  /** The urls of peers to send a record to; rejects if none is listed, with the service's fault. */
  peersToSendTo() {
    if (this.#round === undefined) this.#host.begin();
    const asking = this.#operate((engine, settle) => engine.peersToSendTo(this.nowMs(), Math.random(), settle));
    return asking.catch((error) => {
      nameService(error, this.#options.serviceUrl);
      throw error;
    });
  }

  knowsPeers() {
    return this.status().peers.length > 0;
  }

  /** The node at this url: `{ url, endpoint, isPrivate }`. */
  addressee(url) {
    return this.ask((engine) => engine.addressee(url));
  }

  /** Calls the node for something that it returns at once. */
  ask(question) {
    return this.#core.enter((wasm) => {
      if (!this.isAlive(this.#generation)) {
        this.#engine = new wasm.Engine(this.#host, this.#options);
        this.#generation = runtime.generation;
      }
      return question(this.#engine);
    });
  }

  /** The answer to a request: `{ status, headers, content, pages }`, of text or bytes, or of pages, which are a `Pages`. */
  async serve(request, target, body) {
    const given = HEADERS_OF_REQUESTS.map((name) => request.headers.get(name) ?? undefined);
    const answer = await this.#operate((engine, settle) =>
      engine.serve(`${request.method} ${target}`, given, body, this.nowMs(), settle),
    );
    return { ...answer, pages: answer.pages && this.#pages(answer.pages) };
  }

  /** The next of the pages that this number stands for. */
  page(pages) {
    return this.#operate((engine, settle) => engine.page(pages, settle));
  }

  /** Whether the instance of this generation has not trapped. */
  isAlive(generation) {
    return generation === runtime.generation;
  }

  #pages(number) {
    return new Pages(this, number, this.#generation);
  }

  async #share() {
    const startedAtMs = this.nowMs();
    const began = elapsedMs();
    let report;
    try {
      report = await this.#runRound(startedAtMs);
      nameService(report.error, this.#options.serviceUrl);
    } catch (error) {
      const failure = { code: isCoded(error) ? error.code : "INTERNAL", message: messageOf(error) };
      report = emptyReport(startedAtMs, Math.round(elapsedMs() - began), failure);
    }
    this.#lastReport = report;
    // Whatever the messages do: share() never rejects.
    callGuarded(
      () => this.#messages.afterRound(report),
      (error) => this.#options.logger.error("INTERNAL", messageOf(error)),
    );
    this.#events.emit("report", report);
    this.#round = undefined;
    this.#host.letGo();
    return report;
  }

  /** Asks a slow peer outside the rounds; not at once, because wasm is calling. A fault or trap of this is no event. */
  #askSlow() {
    const asking = Promise.resolve()
      .then(() => this.#operate((engine, settle) => engine.askSlow(settle)))
      .catch(() => {})
      .finally(() => this.#slow.delete(asking));
    this.#slow.add(asking);
  }

  async #runRound(nowMs) {
    if (this.#options.signal?.aborted) throw coded("ABORTED", "the signal given as option signal is aborted");
    this.#host.begin();
    return this.#operate((engine, settle) => engine.round(nowMs, Math.random(), settle));
  }

  /** Runs `start(engine, settle)`; resolves with what it settles with, rejects if that is an Error or wasm traps. */
  #operate(start) {
    return new Promise((resolve, reject) => {
      const ignoreTraps = runtime.onTrap((error) => this.#trapped(error, reject));
      const settle = (value) => {
        ignoreTraps();
        if (value instanceof Error) reject(this.#withCause(value));
        else resolve(value);
      };
      try {
        this.ask((engine) => start(engine, settle));
      } catch (error) {
        settle(error);
      }
    });
  }

  #withCause(error) {
    const cause = error.cause ?? this.#database.causeOf(error);
    if (cause !== undefined) Object.defineProperty(error, "cause", { value: cause, configurable: true, writable: true });
    return error;
  }

  #trapped(error, reject) {
    const why = `trapped and starts anew: ${messageOf(error)}`;
    this.#options.logger.error("INTERNAL", why);
    this.#host.abandon();
    reject(coded("INTERNAL", `dbsharing ${why}`, error));
  }

  #noteChange(key, version) {
    try {
      this.ask((engine) => engine.heard(key, version));
    } catch {
      // The trap has been logged; the next round reads the store again.
    }
  }

  /** The task's time, milliseconds since 1970. */
  nowMs() {
    return taskTimeMs(this.#options);
  }
}

/** A status alone does not say whose status it is. */
function nameService(error, serviceUrl) {
  if (error?.code?.startsWith("SERVICE_")) error.message = withServiceUrl(error.message, serviceUrl);
}

const COUNTS = ["requests", "bytesReceived", "offered", "known", "verified", "inserted", "replaced", "kept"];

function emptyReport(startedAtMs, durationMs, error) {
  const totals = { ...Object.fromEntries(COUNTS.map((name) => [name, 0])), rejected: {} };
  return { ok: false, error, startedAtMs, durationMs, peers: [], totals };
}
