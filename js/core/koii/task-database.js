// The database behind a namespaceWrapper, opened when it is first needed: outside a node, getDb() creates a file.
import { coded, messageOf } from "../errors.js";
import { USUAL_COLLECTION } from "../logger.js";
import { RULES } from "../options.js";
import { spokenDuration } from "../spoken.js";
import { within } from "../timing.js";

/** A collection's name that nedbStore accepts as its `name`. */
const PLACE = /^[\w-]{1,64}$/;
/** The part of the time for an answer that getDb() may take, so that the error names it if it is what hangs. */
const SHARE_OF_WAIT = 0.9;

/**
 * A Store over what getDb() returns. If that fails, the next call asks again; if it does not answer, all calls wait for the
 * same answer, for a little less than a database may take. Each collection but the usual one has a place of its own, if its
 * name can name one.
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

/** Returns a function that returns the promise of one opening, until that fails. */
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
