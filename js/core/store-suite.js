// The suite that a Store has to pass. It needs no assertion library, so that it runs in a browser too.

import { CHANGES_PROMISES } from "./changes-promises.js";
import { invalid } from "./option-errors.js";
import { kindName } from "./kind-name.js";
import { STORE_PROMISES } from "./store-promises.js";

/**
 * Registers one test for every promise of the `Store` contract.
 *
 * @param {() => unknown} createStore gives an empty store of its own at each call, or a promise of one; or
 *   `{ store, reopen, another, remove }`, where `reopen()` ends the store as a stopped process would and gives a new one
 *   over the same data, `another()` gives a second one beside it, and `remove()` takes the data away
 * @param {{ test?: (name: string, body: () => Promise<void>) => unknown }} [options] the test function of node:test,
 *   vitest or jest; default the global `test`
 * @example
 * import { test } from "node:test";
 * import { testStore } from "dbsharing/testing";
 * testStore(memoryStore, { test });
 */
export function testStore(createStore, { test = globalThis.test } = {}) {
  if (typeof createStore !== "function") {
    throw invalid(TypeError, `testStore(createStore) wants a function that gives a store; it got ${kindName(createStore)}`);
  }
  if (typeof test !== "function") {
    throw invalid(
      TypeError,
      "testStore found no global test function; pass the runner's own: testStore(createStore, { test })",
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
