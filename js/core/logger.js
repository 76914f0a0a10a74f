// Where messages go: the task's own logger, or the console; one warning of each kind an hour, unless it was well in between.
import { callGuarded } from "./events.js";
import { counted, spokenTime } from "./spoken.js";
import { printable } from "./printable.js";
import { clockMs, elapsedMs } from "./timing.js";

/** How long after a warning no other one of its kind is said. */
const QUIET_MS = 3_600_000;
/** For how long a fault has to be away, so that the next one of its kind is a new one; what comes and goes is one fault. */
const WELL_MS = 60_000;
/** How many kinds are remembered; beyond that the one that was said longest ago is forgotten. */
const MAX_KINDS = 1_000;
const MAX_LINE_CHARACTERS = 1_000;
/** The collection that is not named, because most tasks have no other. */
export const USUAL_COLLECTION = "linktree";
/** What the console hears where no logger is given. */
const CONSOLE_LEVELS = new Set(["warn", "error"]);

/** Says lines at four levels; nothing that a logger does matters here. */
export class Logger {
  #given;
  #start;
  #kinds = new Map(); // kind → when it was said last, since when it is well, how often it was held back; the oldest first

  /** `given`: undefined for the console, null for silence; each line names another collection than the usual one. */
  constructor(given, collection = USUAL_COLLECTION) {
    this.#given = given;
    this.#start = collection === USUAL_COLLECTION ? "dbsharing: " : `dbsharing: ${collection}: `;
  }

  debug(message) {
    this.say("debug", message);
  }

  info(message) {
    this.say("info", message);
  }

  /** Unless one of this kind, a code and perhaps a url, was said within an hour, and it was not well since: then it is counted. */
  warn(kind, message) {
    this.#sayOfKind("warn", kind, message);
  }

  /** Notes that faults of these kinds are not there now. */
  noteWell(...kinds) {
    const nowMs = elapsedMs();
    for (const kind of kinds) {
      const last = this.#kinds.get(kind);
      if (last !== undefined) last.wellSinceMs ??= nowMs;
    }
  }

  /** The same at the level "error". */
  error(kind, message) {
    this.#sayOfKind("error", kind, message);
  }

  /** Says a line, whatever was said before. */
  say(level, message, more = "") {
    const line = printable(`${this.#start}${message}`.slice(0, MAX_LINE_CHARACTERS + 1));
    const most = MAX_LINE_CHARACTERS - more.length;
    const said = (line.length > most ? `${line.slice(0, most - 1)}…` : line) + more;
    callGuarded(() => this.#logger(level)?.[level](said));
  }

  #sayOfKind(level, kind, message) {
    const nowMs = elapsedMs();
    const last = this.#kinds.get(kind);
    if (last !== undefined && nowMs - last.saidMs < QUIET_MS && !(nowMs - last.wellSinceMs >= WELL_MS)) {
      last.heldBack += 1;
      last.wellSinceMs = undefined;
      return;
    }
    this.#kinds.delete(kind);
    if (this.#kinds.size >= MAX_KINDS) this.#kinds.delete(this.#kinds.keys().next().value);
    this.#kinds.set(kind, { saidMs: nowMs, saidAt: spokenTime(clockMs()), heldBack: 0, wellSinceMs: undefined });
    const more = last?.heldBack > 0 ? ` (and ${counted(last.heldBack, "time")} since ${last.saidAt})` : "";
    this.say(level, message, more);
  }

  /** The console is looked up at each call, because frameworks replace it. */
  #logger(level) {
    if (this.#given !== undefined) return this.#given;
    return CONSOLE_LEVELS.has(level) ? globalThis.console : undefined;
  }
}
