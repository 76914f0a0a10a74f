// One Sharing: the node in wasm as a task sees it. Rounds, timers, events and guards; what a node decides is in wasm.
import { Database } from "./database.js";
import { coded, isCoded, messageOf } from "./errors.js";
import { callGuarded, Events, guardedLogger } from "./events.js";
import { checkOptions } from "./options.js";
import { Host } from "./ports.js";
import { runtime } from "./runtime.js";
import { Answers, Pages } from "./serve.js";
import { textOf, withUuid } from "./text.js";
import { clearInterval, clockMs, elapsedMs, setInterval } from "./timing.js";

const MAX_TIME_MS = Number.MAX_SAFE_INTEGER;

export class Sharing {
  #core;
  #options;
  #events;
  #answers;
  #host;
  #engine;
  #generation;
  #round;
  #timer;
  #lastReport;

  constructor(core, given) {
    const checked = checkOptions(given);
    const logger = guardedLogger(checked.logger);
    const database = new Database({ ...checked, warn: (message) => logger.warn(`dbsharing: ${message}`) });
    this.#core = core;
    this.#options = { ...checked, logger };
    this.#events = new Events(logger);
    this.#host = new Host(core, this.#options, { database, events: this.#events, clock: () => this.#now() });
    this.#answers = new Answers(this, (message) => logger.warn(`dbsharing: ${message}`));
    checked.signal?.addEventListener("abort", () => void this.stop());
    database.watch((key, version) => this.#noteChange(key, version)).catch(() => {});
  }

  /** The object that the task gets: bound functions, so that each can be taken out of it. */
  publicFace() {
    return {
      on: (event, listener) => this.#events.on(event, listener),
      share: () => this.share(),
      start: () => this.start(),
      stop: () => this.stop(),
      put: (record) => this.put(record),
      get: (key) => this.get(key),
      records: () => this.records(),
      handle: (request) => this.#answers.handle(request),
      status: () => this.status(),
      ready: () => this.ready(),
    };
  }

  /** One round, or the one that is under way, which it is until all listeners have its report; never rejects. */
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
    if (this.#round === undefined) return;
    this.#host.abort();
    await this.#round;
  }

  async put(record) {
    const text = textOf(record);
    if (text === undefined) return { ok: false, code: "BAD_SHAPE", message: "the record cannot be written as JSON", stored: false };
    try {
      return withUuid(await this.#operate((engine, settle) => engine.put(text, this.#now(), settle)));
    } catch (error) {
      return { ok: false, code: error.code ?? "INTERNAL", message: messageOf(error), stored: false };
    }
  }

  async get(key) {
    if (typeof key !== "string") throw coded("BAD_ID", `the key is of type ${typeof key}, wanted a string`);
    const text = await this.#operate((engine, settle) => engine.get(key, settle));
    return text === undefined ? undefined : JSON.parse(text);
  }

  /** Reads the store, unless it is known what it holds. */
  async ready() {
    await this.#operate((engine, settle) => engine.load(settle));
  }

  async *records() {
    await this.ready();
    const pages = this.#pages(this.ask((engine) => engine.openRecords()));
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

  /** Something that the node answers at once. */
  ask(question) {
    return this.#core.enter((wasm) => {
      if (!this.isAlive(this.#generation)) {
        this.#engine = new wasm.Engine(this.#host, this.#options);
        this.#generation = runtime.generation;
      }
      return question(this.#engine);
    });
  }

  /** What a request is answered with: `{ status, headers, text, pages }`, of which pages are a `Pages`. */
  async serve(request, target, body) {
    const header = (name) => request.headers.get(name) ?? undefined;
    const [condition, askedHeaders] = [header("if-none-match"), header("access-control-request-headers")];
    const answer = await this.#operate((engine, settle) =>
      engine.serve(`${request.method} ${target}`, condition, askedHeaders, body, this.#now(), settle),
    );
    return { ...answer, pages: answer.pages && this.#pages(answer.pages) };
  }

  /** One of the pages that this number stands for. */
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
    const startedAtMs = this.#now();
    const began = elapsedMs();
    let report;
    try {
      report = await this.#runRound(startedAtMs);
    } catch (error) {
      const failure = { code: isCoded(error) ? error.code : "INTERNAL", message: messageOf(error) };
      report = emptyReport(startedAtMs, Math.round(elapsedMs() - began), failure);
    }
    this.#lastReport = report;
    this.#events.emit("report", report);
    this.#round = undefined;
    return report;
  }

  async #runRound(nowMs) {
    if (this.#options.signal?.aborted) throw coded("ABORTED", "the signal given as option signal is aborted");
    this.#host.begin();
    return this.#operate((engine, settle) => engine.round(nowMs, Math.random(), settle));
  }

  /** Runs `start(engine, settle)`; resolves with what it settles with, rejects where that is an Error or it traps. */
  #operate(start) {
    return new Promise((resolve, reject) => {
      const ignoreTraps = runtime.onTrap((error) => this.#trapped(error, reject));
      const settle = (value) => {
        ignoreTraps();
        if (value instanceof Error) reject(value);
        else resolve(value);
      };
      try {
        this.ask((engine) => start(engine, settle));
      } catch (error) {
        settle(error);
      }
    });
  }

  #trapped(error, reject) {
    const message = `dbsharing trapped and starts anew: ${messageOf(error)}`;
    this.#options.logger.error(message);
    this.#host.abandon();
    reject(coded("INTERNAL", message, error));
  }

  #noteChange(key, version) {
    try {
      this.ask((engine) => engine.heard(key, version));
    } catch {
      // The trap has been told of; the next round reads the store anew.
    }
  }

  #now() {
    const { now, logger } = this.#options;
    if (now === undefined) return clockMs();
    const given = callGuarded(now, (error) => logger.warn(`dbsharing: option now: ${messageOf(error)}`));
    if (typeof given === "number" && given >= 0 && given <= MAX_TIME_MS) return Math.floor(given);
    logger.warn("dbsharing: option now gave no milliseconds since 1970, so the machine's own clock is used");
    return clockMs();
  }
}

const COUNTS = ["requests", "bytesReceived", "offered", "known", "verified", "inserted", "replaced", "kept"];

function emptyReport(startedAtMs, durationMs, error) {
  const totals = { ...Object.fromEntries(COUNTS.map((name) => [name, 0])), rejected: {} };
  return { ok: false, error, startedAtMs, durationMs, peers: [], totals };
}
