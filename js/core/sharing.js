// One Sharing: rounds, one at a time; timers; the task's own reads and writes.
import { coded, isCoded, messageOf } from "./errors.js";
import { callGuarded, Events, guardedLogger } from "./events.js";
import { checkOptions } from "./options.js";
import { Host } from "./ports.js";
import { createReader } from "./reader.js";
import { runtime } from "./runtime.js";
import { Server } from "./serve.js";
import { StorePort } from "./store-port.js";
import { textOf, withUuid } from "./text.js";
import { clearInterval, clockMs, elapsedMs, setInterval } from "./timing.js";

/** A database that cannot tell of changes is read again after this time. */
const RESCAN_MS = 10 * 60 * 1000;
const MAX_TIME_MS = Number.MAX_SAFE_INTEGER;

export class Sharing {
  #core;
  #options;
  #events;
  #store;
  #host;
  #engine;
  #generation;
  #loading;
  #loadedAtMs = -Infinity;
  #round;
  #timer;
  #lastReport;
  #server;

  constructor(core, given) {
    const checked = checkOptions(given);
    const logger = guardedLogger(checked.logger);
    this.#core = core;
    this.#options = { ...checked, logger };
    this.#events = new Events(logger);
    const onWritten = ({ text }) => this.#events.has("record") && this.#events.emit("record", JSON.parse(text));
    this.#store = new StorePort(this.#options, createReader(core, checked.identity, () => this.#now()), onWritten);
    this.#host = new Host(core, this.#options, this.#store);
    this.#server = new Server(core, this, this.#options);
    checked.signal?.addEventListener("abort", () => void this.stop());
    this.#store.watch((key, version) => this.#noteChange(key, version)).catch(() => {});
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
      handle: (request) => this.#server.handle(request),
      status: () => this.status(),
    };
  }

  /** One round, or the one that is under way; never rejects. */
  share() {
    this.#round ??= this.#share().finally(() => {
      this.#round = undefined;
    });
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
      await this.load();
      return withUuid(await this.#operate((engine, settle) => engine.put(text, this.#now(), settle)));
    } catch (error) {
      return { ok: false, code: error.code ?? "INTERNAL", message: messageOf(error), stored: false };
    }
  }

  async get(key) {
    if (typeof key !== "string") throw coded("BAD_ID", `the key is of type ${typeof key}, wanted a string`);
    const [entry] = await this.#store.getMany([key]);
    return entry && this.isSound(entry) ? JSON.parse(entry.text) : undefined;
  }

  async *records() {
    for await (const { text } of this.soundEntries()) yield JSON.parse(text);
  }

  /** All stored entries whose text is still what their key and version say; others are passed over with a warning. */
  async *soundEntries() {
    for await (const entry of this.#store.entries()) if (this.isSound(entry)) yield entry;
  }

  isSound({ key, version, text }) {
    const [trueKey, trueVersion] = this.#core.describe(text, this.#options.identity) ?? [];
    const isSound = key === trueKey && version === trueVersion;
    if (!isSound) this.#noteDamage({ key, version });
    return isSound;
  }

  status() {
    const state = this.#enter((engine) => engine.state());
    return { ...state, lastReport: this.#lastReport };
  }

  /** Something that the engine answers at once. */
  ask(question) {
    return this.#enter(question);
  }

  /** Makes the engine know what the store holds; rejects with the store's code. */
  load({ maxAgeMs = RESCAN_MS } = {}) {
    this.#loading ??= this.#load(maxAgeMs).finally(() => {
      this.#loading = undefined;
    });
    return this.#loading;
  }

  async #load(maxAgeMs) {
    const isOld = elapsedMs() - this.#loadedAtMs > maxAgeMs;
    if (isOld && (await this.#store.changesSilently())) {
      this.#enter((engine) => engine.readStoreAgain());
      this.#loadedAtMs = elapsedMs();
    }
    await this.#operate((engine, settle) => engine.load(settle));
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
    return report;
  }

  async #runRound(nowMs) {
    if (this.#options.signal?.aborted) throw coded("ABORTED", "the signal given as option signal is aborted");
    this.#host.begin();
    if (this.#options.taskId !== undefined) await this.load();
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
        this.#enter((engine) => start(engine, settle));
      } catch (error) {
        settle(error);
      }
    });
  }

  #enter(work) {
    return this.#core.enter((wasm) => {
      if (this.#generation !== runtime.generation) {
        this.#engine = new wasm.Engine(this.#host, this.#options, this.#options.acceptWrites);
        this.#generation = runtime.generation;
      }
      return work(this.#engine);
    });
  }

  #trapped(error, reject) {
    const message = `dbsharing trapped and starts anew: ${messageOf(error)}`;
    this.#options.logger.error(message);
    this.#host.abandon();
    reject(coded("INTERNAL", message, error));
  }

  /** What is damaged counts as absent, so that the next round fetches a good copy. */
  #noteDamage(entry) {
    this.#options.logger.warn(`dbsharing: what the db gives for ${entry.key} is not what was stored; it is not served`);
    this.#store.noteDamage(entry);
    this.ask((engine) => engine.entryLost(entry.key));
  }

  #noteChange(key, version) {
    try {
      this.#enter((engine) => engine.storeChanged(key, version));
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
