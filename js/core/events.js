// Callbacks of the task, guarded: what they throw, now or later, is never an event of the process.
import { messageOf } from "./errors.js";
import { kindName } from "./kind-name.js";
import { nearestWord } from "./nearest-word.js";

const EVENTS = ["report", "record", "rejected", "progress"];

/** How much of a name is repeated in a message. */
const MAX_NAME_CHARACTERS = 60;

/** Calls a function of the task; hands on to `tell` whatever it throws or rejects with. Gives what it gave. */
export function callGuarded(callback, tell = () => {}) {
  try {
    const result = callback();
    if (typeof result?.then === "function") result.then(undefined, tell);
    return result;
  } catch (error) {
    tell(error);
    return undefined;
  }
}

/** The listeners of one Sharing. */
export class Events {
  #listeners;
  #logger;

  constructor(logger) {
    // Not where the field stands: webpack of 2021 does not see which variables of a module a field is made from, and
    // gives them the names of others when it joins modules.
    this.#listeners = new Map(EVENTS.map((event) => [event, new Set()]));
    this.#logger = logger;
  }

  on(event, listener) {
    const listeners = this.#listeners.get(event);
    if (!listeners) throw unknownEvent(event);
    if (typeof listener !== "function") throw notAFunction(event, listener);
    listeners.add(listener);
    return () => void listeners.delete(listener);
  }

  has(event) {
    return this.#listeners.get(event).size > 0;
  }

  emit(event, value) {
    for (const listener of [...this.#listeners.get(event)]) {
      const tell = (error) => this.#logger.error(`LISTENER ${event}`, `a ${event} listener threw: ${messageOf(error)}`);
      callGuarded(() => listener(copyOf(value)), tell);
    }
  }
}

function unknownEvent(event) {
  const near = typeof event === "string" ? nearestWord(event.slice(0, MAX_NAME_CHARACTERS), EVENTS) : undefined;
  const hint = near === undefined ? `known are ${EVENTS.join(", ")}` : `did you mean "${near}"?`;
  return invalid(RangeError, `on() got the event ${nameOf(event)}, which is unknown; ${hint}`);
}

function notAFunction(event, listener) {
  return invalid(TypeError, `on("${event}") got a listener that is ${kindName(listener)}, wanted a function`);
}

function nameOf(event) {
  return typeof event === "string" ? JSON.stringify(event.slice(0, MAX_NAME_CHARACTERS)) : `of type ${typeof event}`;
}

function invalid(Kind, message) {
  return Object.assign(new Kind(message), { code: "OPTION_INVALID" });
}

/** Each listener has its own: what one does to it, no other sees. */
function copyOf(value) {
  if (Array.isArray(value)) return value.map(copyOf);
  if (value === null || typeof value !== "object") return value;
  return Object.fromEntries(Object.entries(value).map(([name, member]) => [name, copyOf(member)]));
}
