// The contract suite, which every Store has to pass. It needs no assertion library, so it runs in a browser too.

import { CHANGES_PROMISES } from "./changes-promises.js";
import { invalid } from "./invalid.js";
import { kindName } from "./kind-name.js";
import { STORE_PROMISES } from "./store-promises.js";

/**
 * Registers one test for each promise of the `Store` contract.
 *
 * @param {() => unknown} createStore returns a new, empty store at each call, or a promise of one; or
 *   `{ store, reopen, another, remove }`, where `reopen()` ends the store as a stopped process would and returns a new one
 *   over the same data, `another()` returns a second one beside it, and `remove()` removes the data
 * @param {{ test?: (name: string, body: () => Promise<void>) => unknown }} [options] the test function of node:test,
 *   vitest or jest. Default: the global `test`
 * @example
 * import { test } from "node:test";
 * import { testStore } from "dbsharing/testing";
 * testStore(memoryStore, { test });
 */
export function testStore(createStore, { test = globalThis.test } = {}) {
  if (typeof createStore !== "function") {
    throw invalid(TypeError, `createStore of testStore is ${kindName(createStore)}; wanted a function that returns a store`);
  }
  if (typeof test !== "function") {
    throw invalid(
      TypeError,
      "testStore has no test function; wanted a global one, or your runner's: testStore(createStore, { test })",
    );
  }
  for (const [name, check] of Object.entries({ ...STORE_PROMISES, ...CHANGES_PROMISES })) {
    test(name, async () => {
      const opened = await open(createStore);
      try {
        await check(opened.store, opened);
      } finally {
        await opened.remove?.();
      }
    });
  }
}

async function open(createStore) {
  const created = await createStore();
  return typeof created?.getMany === "function" ? { store: created } : { ...created, store: await created.store };
}
