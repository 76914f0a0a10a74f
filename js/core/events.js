// Callbacks of the task, guarded: what they throw, now or later, is never an event of the process.
import { messageOf } from "./errors.js";

const EVENTS = ["report", "record"];

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
    if (!listeners) throw new RangeError(`on() got the event ${JSON.stringify(event)}, wanted "report" or "record"`);
    if (typeof listener !== "function") throw new TypeError(`on() got a listener of type ${typeof listener}, wanted a function`);
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

/** Each listener has its own: what one does to it, no other sees. */
function copyOf(value) {
  if (Array.isArray(value)) return value.map(copyOf);
  if (value === null || typeof value !== "object") return value;
  return Object.fromEntries(Object.entries(value).map(([name, member]) => [name, copyOf(member)]));
}
