// The contract suite, which every Store has to pass. It needs no assertion library, so it runs in a browser too.

import { CHANGES_PROMISES } from "./changes-promises.js";
import { invalid } from "./option-errors.js";
import { kindName } from "./kind-name.js";
import { STORE_PROMISES } from "./store-promises.js";

/**
 * Registers one test for each promise of the `Store` contract. js/testing.d.ts documents it.
 *
 * @param {() => unknown} createStore returns a new, empty store, or `{ store, reopen, another, remove }`, or a promise
 * @param {{ test?: (name: string, body: () => Promise<void>) => unknown }} [options]
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
