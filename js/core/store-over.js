// The Store that a few queries of a database make: what every ready-made store does alike is here, once.

import { changeOf, checkEntries, readOf } from "./store-contract.js";

/**
 * @typedef {<T>(work: () => T) => Promise<Awaited<T>>} Attempt does the work of one page, as `StoreCalls` does
 *
 * @typedef {object} Queries what differs between databases; whatever they throw becomes one sentence
 * @property {(keys: string[]) => unknown} getMany the entry of each key, in this order; undefined where none is held
 * @property {(range: { gt?: string, limit: number }, attempt: Attempt) => AsyncIterable<object[]>} entryPages entries
 *   ascending by key, each page read by `attempt`; more than `limit` may be given
 * @property {(attempt: Attempt) => AsyncIterable<object[]>} versionPages the same of keys and versions
 * @property {(entries: object[]) => unknown} write the outcome of each of these checked entries
 * @property {(entries: object[]) => unknown} remove
 * @property {(since?: string) => unknown} [changes]
 * @property {() => unknown} [close] is called once, when all changes have ended
 */

/**
 * @param {import("./store-calls.js").StoreCalls} calls
 * @param {Queries} queries
 */
export function storeOver(calls, queries) {
  const { changes } = queries;
  let closing;

  async function close() {
    await calls.close();
    await queries.close?.();
  }

  return {
    async getMany(keys) {
      return calls.attempt(readOf(keys), () => queries.getMany(keys));
    },

    async *entries({ gt, limit = Infinity } = {}) {
      const attempt = (work) => calls.attempt("list its entries", work);
      let left = limit;
      if (left <= 0) return;
      for await (const page of queries.entryPages({ gt, limit }, attempt)) {
        for (const { key, version, text } of page) {
          yield { key, version, text };
          left -= 1;
          if (left <= 0) return;
        }
      }
    },

    async *versions() {
      const attempt = (work) => calls.attempt("list its versions", work);
      for await (const page of queries.versionPages(attempt)) {
        for (const { key, version } of page) yield { key, version };
      }
    },

    async write(entries) {
      checkEntries(entries);
      return calls.change(changeOf("write", entries), () => queries.write(entries));
    },

    async remove(entries) {
      await calls.change(changeOf("remove", entries), () => queries.remove(entries));
    },

    ...(changes && {
      changes: async (since) => calls.attempt("look for changes", () => changes(since)),
    }),

    close: async () => (closing ??= close()),
  };
}
