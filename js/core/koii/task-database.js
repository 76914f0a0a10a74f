// The database behind a namespaceWrapper, opened when it is first needed: off-node, getDb() makes a file.
import { coded, messageOf } from "../errors.js";
import { USUAL_COLLECTION } from "../logger.js";
import { RULES } from "../options.js";
import { spokenDuration } from "../spoken.js";
import { within } from "../timing.js";

/** A name that nedbStore takes for the place of a collection. */
const PLACE = /^[\w-]{1,64}$/;
/** How much of the time that an answer may take is left to getDb(), so that it is named where it is the one that hangs. */
const SHARE_OF_WAIT = 0.9;

/**
 * A Store over what getDb() gives. Where that fails, the next call asks again; where it does not answer, each waits for the same
 * one, for a little less than a database has. Each collection but the usual one has a place of its own, where its name can be one.
 */
export function taskDatabase(namespaceWrapper, options) {
  const { nedbStore, collection = USUAL_COLLECTION, storeTimeoutMs = RULES.storeTimeoutMs.fallback } = options;
  const name = collection !== USUAL_COLLECTION && PLACE.test(collection) ? collection : undefined;
  const waitMs = storeTimeoutMs * SHARE_OF_WAIT;
  const late = () => coded("STORE_TIMEOUT", `getDb() of the namespaceWrapper did not answer within ${spokenDuration(waitMs)}`);
  const opening = untilOpened(async () => {
    try {
      const store = nedbStore(await namespaceWrapper.getDb(), { name });
      store.claim(collection);
      return store;
    } catch (error) {
      throw new Error(`no store over getDb() of the namespaceWrapper: ${messageOf(error)}`, { cause: error });
    }
  });
  const opened = () => within(opening(), waitMs, late);
  return {
    getMany: async (keys) => (await opened()).getMany(keys),
    async *entries(range) {
      yield* (await opened()).entries(range);
    },
    async *versions() {
      yield* (await opened()).versions();
    },
    write: async (entries) => (await opened()).write(entries),
    remove: async (entries) => (await opened()).remove(entries),
  };
}

/** Gives the promise of one opening, until that fails. */
function untilOpened(open) {
  let opening;
  return () => {
    opening ??= open().catch((error) => {
      opening = undefined;
      throw error;
    });
    return opening;
  };
}
