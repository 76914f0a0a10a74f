// Where messages go: the task's own logger, or the console; of one kind of warning one an hour.
import { callGuarded } from "./events.js";
import { counted, spokenTime } from "./spoken.js";
import { printable } from "./text.js";
import { clockMs, elapsedMs } from "./timing.js";

/** So long no other warning of a kind is said after the last one. */
const QUIET_MS = 3_600_000;
/** So many kinds are remembered; then that one is forgotten which was said longest ago. */
const MAX_KINDS = 1_000;
const MAX_LINE_CHARACTERS = 1_000;
/** What the console hears where no logger is given. */
const CONSOLE_LEVELS = new Set(["warn", "error"]);

/** Says lines at four levels; nothing that a logger does matters here. */
export class Logger {
  #given;
  #start;
  #kinds = new Map(); // kind → when it was said last, and how often it was not since then; the oldest first

  /** `given`: undefined for the console, null for silence; `collection` is named in each line, where it is given. */
  constructor(given, collection) {
    this.#given = given;
    this.#start = collection === undefined ? "dbsharing: " : `dbsharing: ${collection}: `;
  }

  debug(message) {
    this.say("debug", message);
  }

  info(message) {
    this.say("info", message);
  }

  /** Unless one of this kind, a code and perhaps a url, was said within an hour: then it is counted. */
  warn(kind, message) {
    this.#sayOfKind("warn", kind, message);
  }

  /** The same at the level "error". */
  error(kind, message) {
    this.#sayOfKind("error", kind, message);
  }

  /** Says a line, whatever was said before. */
  say(level, message, more = "") {
    const line = printable(`${this.#start}${message}`);
    const most = MAX_LINE_CHARACTERS - more.length;
    const said = (line.length > most ? `${line.slice(0, most - 1)}…` : line) + more;
    callGuarded(() => this.#logger(level)?.[level](said));
  }

  #sayOfKind(level, kind, message) {
    const nowMs = elapsedMs();
    const last = this.#kinds.get(kind);
    if (last !== undefined && nowMs - last.saidMs < QUIET_MS) {
      last.unsaid += 1;
      return;
    }
    this.#kinds.delete(kind);
    if (this.#kinds.size >= MAX_KINDS) this.#kinds.delete(this.#kinds.keys().next().value);
    this.#kinds.set(kind, { saidMs: nowMs, saidAt: spokenTime(clockMs()), unsaid: 0 });
    const more = last?.unsaid > 0 ? ` (and ${counted(last.unsaid, "time")} since ${last.saidAt})` : "";
    this.say(level, message, more);
  }

  /** The console is looked up at each call, because frameworks replace it. */
  #logger(level) {
    if (this.#given !== undefined) return this.#given;
    return CONSOLE_LEVELS.has(level) ? globalThis.console : undefined;
  }
}
