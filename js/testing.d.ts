import type { Store } from "./types/store.js";

/** A store under test that can also be opened again over the same data. */
export interface StoreUnderTest {
  /** An empty store. */
  store: Store | Promise<Store>;
  /** Ends the store as a stopped process would, and returns a new one over the same data. */
  reopen?(): Store | Promise<Store>;
  /** Returns a second store over the same data, beside the first, as another process or another part of this one would. */
  another?(): Store | Promise<Store>;
  /** Removes the data after the test. */
  remove?(): void | Promise<void>;
}

/** The function of a test runner that registers a test: the `test` of node:test, vitest or jest. */
export type TestFunction = (name: string, body: () => Promise<void>) => unknown;

/**
 * Registers one test for each promise of the {@link Store} contract, which your own store has to pass. Needs no assertion
 * library.
 *
 * @param createStore returns a new, empty store at each call, alone or as a {@link StoreUnderTest}
 * @param options.test the test function of your runner. Default: the global `test`
 * @throws {ShareError} a TypeError with the code `OPTION_INVALID` if `createStore` is not a function, or if there is no test
 * function
 * @example
 * import { test } from "node:test";
 * import { testStore } from "dbsharing/testing";
 * testStore(() => myStore(), { test });
 */
export function testStore(
  createStore: () => Store | StoreUnderTest | Promise<Store | StoreUnderTest>,
  options?: { test?: TestFunction | undefined },
): void;
