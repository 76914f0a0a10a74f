// The database behind a namespaceWrapper, opened when it is first needed: off-node, getDb() makes a file.
import { messageOf } from "../errors.js";
import { USUAL_COLLECTION } from "../logger.js";

/** A name that nedbStore takes for the place of a collection. */
const PLACE = /^[\w-]{1,64}$/;

/**
 * A Store over what getDb() gives. Where that fails, the next call asks again. Each collection but the usual one has a place of
 * its own, where its name can be one.
 */
export function taskDatabase(namespaceWrapper, { nedbStore, collection = USUAL_COLLECTION }) {
  const name = collection !== USUAL_COLLECTION && PLACE.test(collection) ? collection : undefined;
  const opened = untilOpened(async () => {
    try {
      const store = nedbStore(await namespaceWrapper.getDb(), { name });
      store.claim(collection);
      return store;
    } catch (error) {
      throw new Error(`no store over getDb() of the namespaceWrapper: ${messageOf(error)}`, { cause: error });
    }
  });
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
