// The wasm instance, and the guard that keeps its traps from the process.
//
// Wasm is entered through `enter` only: by public functions, by polls that a waker asked for, and by promises that settle.
// An instance that trapped is never used again: the generation goes up, all that wait for that instance are rejected, and
// the next call starts with a fresh one.
import * as glue from "../../pkg/dbsharing.js";
import { compileFailure, mustHaveWebAssembly, ofThisRealm } from "./compile.js";
import { coded, isCoded, messageOf } from "./errors.js";

class Runtime {
  /** Counts the instances that trapped. */
  generation = 0;
  #connectedGeneration = -1;
  #depth = 0;
  #isDead = false;
  #listeners = new Set();

  /** Runs `work(exports)` inside wasm. Throws coded errors as they are, and INTERNAL after a trap. */
  enter(source, work) {
    this.#depth += 1;
    try {
      return work(this.#ready(source));
    } catch (error) {
      if (isCoded(error)) throw error;
      this.#trap(error);
      throw coded("INTERNAL", `dbsharing trapped and starts anew: ${messageOf(error)}`, error);
    } finally {
      this.#depth -= 1;
      if (this.#isDead && this.#depth === 0) this.#restart(source);
    }
  }

  /** Calls `listener(error)` once, when the instance traps. Returns a function that prevents it. */
  onTrap(listener) {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** A promise for wasm: it settles inside `enter`, and only while the instance that it was made for lives. */
  guard(source, promise) {
    const generation = this.generation;
    const deliver = (callback) => (value) => this.#deliver(source, generation, () => callback(value));
    return { then: (resolve, reject) => void promise.then(deliver(resolve), deliver(reject)) };
  }

  #ready(source) {
    if (this.#isDead) throw coded("INTERNAL", "dbsharing trapped and starts anew with the next call");
    if (this.#connectedGeneration !== this.generation) {
      instantiate(source());
      this.#connect(source);
    }
    return glue;
  }

  #connect(source) {
    const generation = this.generation;
    glue.connect((task) => {
      // Not by queueMicrotask, which frameworks that fake time replace.
      void Promise.resolve().then(() => this.#deliver(source, generation, () => glue.poll(task)));
    });
    this.#connectedGeneration = generation;
  }

  #deliver(source, generation, work) {
    if (generation !== this.generation) return;
    try {
      this.enter(source, work);
    } catch {
      // The trap has rejected all that waited.
    }
  }

  #trap(error) {
    this.#isDead = true;
    this.generation += 1;
    for (const listener of this.#listeners) listener(error);
    this.#listeners.clear();
  }

  /**
   * After the last frame of the dead instance is gone: makes a new one at once, because the garbage collector calls
   * into whichever there is.
   */
  #restart(source) {
    this.#isDead = false;
    try {
      glue.restart();
      this.#connect(source);
    } catch {
      // Never instantiated, or out of memory: the next call tries again.
    }
  }
}

function instantiate(module) {
  mustHaveWebAssembly();
  try {
    glue.initSync({ module: ofThisRealm(module) });
  } catch (error) {
    throw compileFailure(error);
  }
}

/** One for each copy of this package, which has one wasm instance. */
export const runtime = new Runtime();
