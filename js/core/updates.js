// Updates: data that is dated and signed here, and stored as the newest record of its slot. A task of the platform also has
// it signed alone.
import { coded } from "./errors.js";
import { mustBeUuid, textOfData } from "./given-text.js";
import { kindName } from "./kind-name.js";
import { FUTURE_TOLERANCE_MS } from "./limits.js";
import { refusalOf } from "./refusals.js";
import { isSigner, publicKeyOfSigner } from "./signers.js";
import { spokenDuration } from "./spoken.js";

/** So often one update is signed at most, where other processes write to its slot between its dating and its storing. */
const MAX_SIGNINGS = 10;
/** For how many slots the date of the last update is remembered; for the others what is held says it. */
const MAX_DATED_SLOTS = 1_000;

export class Updates {
  #core;
  #node;
  #identity;
  #waiting = new Map(); // slot → a promise that settles after the last update that was asked for
  #datedMs = new Map(); // slot → the timestamp of the last update; the slot that was updated last is the last one

  /** `node` has `get(key)`, `put(record)` and `nowMs()`. */
  constructor(core, node, identity) {
    this.#core = core;
    this.#node = node;
    this.#identity = identity;
  }

  /** What became of it, with its `record` where one was signed; never rejects. */
  async update(data, keyOrSigner) {
    try {
      // Up to its place in the queue at once: calls are stored in their order, with their data as it is now.
      const given = copyOfData(data);
      const slot = this.#slotOf(given, keyOrSigner);
      return await this.#afterOthers(slot, () => this.#store(slot, given, keyOrSigner));
    } catch (error) {
      return refusalOf(error);
    }
  }

  /** The record of the data, dated as `update` dates it unless it has a timestamp. Nothing is stored. */
  async sign(data, keyOrSigner) {
    const given = copyOfData(data);
    const slot = this.#slotOf(given, keyOrSigner);
    return this.#afterOthers(slot, async () => {
      const timestamp = given.timestamp ?? this.#nextMs(slot, await this.#heldMs(slot));
      return this.#core.signRecord({ ...given, timestamp }, keyOrSigner);
    });
  }

  #slotOf({ uuid }, keyOrSigner) {
    mustBeUuid(uuid, "data.uuid");
    const publicKey = isSigner(keyOrSigner) ? publicKeyOfSigner(keyOrSigner) : this.#core.publicKeyOf(keyOrSigner);
    return this.#core.recordKey(publicKey, this.#identity === "owner" ? undefined : uuid);
  }

  /** Does the work after all that waits for this slot. */
  #afterOthers(slot, work) {
    const done = (this.#waiting.get(slot) ?? Promise.resolve()).then(work);
    const settled = done.then(ignore, ignore).then(() => {
      if (this.#waiting.get(slot) === settled) this.#waiting.delete(slot);
    });
    this.#waiting.set(slot, settled);
    return done;
  }

  async #store(slot, data, keyOrSigner) {
    let heldMs = await this.#heldMs(slot);
    for (let signings = 1; ; signings += 1) {
      const timestamp = this.#nextMs(slot, heldMs);
      const record = await this.#core.signRecord({ ...data, timestamp }, keyOrSigner);
      const result = await this.#node.put(record);
      if (result.why !== "STALE" || signings === MAX_SIGNINGS) return { ...result, record };
      heldMs = timestampOf(result.heldVersion);
    }
  }

  async #heldMs(slot) {
    return (await this.#node.get(slot))?.data.timestamp;
  }

  /** Now, or as much later as makes it later than what is held and than the last one dated here. */
  #nextMs(slot, heldMs = -1) {
    const nowMs = this.#node.nowMs();
    if (heldMs >= nowMs + FUTURE_TOLERANCE_MS) throw heldFromTheFuture(heldMs - nowMs);
    const dated = this.#datedMs;
    const lastMs = dated.get(slot) ?? -1;
    // What was dated by a clock that was ahead, and is not held, does not count: it would keep out all others.
    const nextMs = Math.max(nowMs, heldMs + 1, lastMs < nowMs + FUTURE_TOLERANCE_MS ? lastMs + 1 : 0);
    dated.delete(slot);
    if (dated.size >= MAX_DATED_SLOTS) dated.delete(dated.keys().next().value);
    dated.set(slot, nextMs);
    return nextMs;
  }
}

/** The data as it will be signed, whatever becomes of the object meanwhile. */
export function copyOfData(data) {
  const copy = JSON.parse(textOfData(data));
  if (typeof copy === "object" && copy !== null && !Array.isArray(copy)) return copy;
  throw coded("BAD_SHAPE", `data is ${kindName(copy)}; wanted an object`);
}

/** Nobody is asked to sign what rule 8 would refuse. */
function heldFromTheFuture(aheadMs) {
  const [ahead, wait] = [aheadMs, aheadMs + 1 - FUTURE_TOLERANCE_MS].map(spokenDuration);
  return coded(
    "FROM_THE_FUTURE",
    `the record held in this slot is dated ${ahead} ahead of this node's clock: this clock or another was ahead when it was ` +
      `written. Nothing newer can be stored there before ${wait} have passed. Correct the clock, or remove that record from ` +
      "the database of every node",
  );
}

/** A version begins with 14 hex digits of its timestamp. */
const timestampOf = (version) => Number.parseInt(version.slice(0, 14), 16);

const ignore = () => {};
