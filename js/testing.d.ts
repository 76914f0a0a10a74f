import type { Store } from "./types/store.js";

/** A store under test that can also be opened again over the same data. */
export interface StoreUnderTest {
  /** An empty store. */
  store: Store | Promise<Store>;
  /** Ends the store as a stopped process would, and gives a new one over the same data. */
  reopen?(): Store | Promise<Store>;
  /** Opens a second store over the same data beside the first, as another process or another part of this one would. */
  another?(): Store | Promise<Store>;
  /** Takes the data away after the test. */
  remove?(): void | Promise<void>;
}

/** What the suite needs of a test runner: the `test` of node:test, vitest or jest. */
export type TestFunction = (name: string, body: () => Promise<void>) => unknown;

/**
 * Registers one test for every promise of the {@link Store} contract: what a database adapter of your own must pass.
 * Needs no assertion library.
 *
 * @param createStore gives an empty store of its own at each call
 * @param options.test the test function of your runner; default: the global `test`
 * @throws TypeError when `createStore` is no function, or when there is no test function
 * @example
 * import { test } from "node:test";
 * import { testStore } from "dbsharing/testing";
 * testStore(() => myStore(), { test });
 */
export function testStore(
  createStore: () => Store | StoreUnderTest | Promise<Store | StoreUnderTest>,
  options?: { test?: TestFunction | undefined },
): void;
