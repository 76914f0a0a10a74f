// The contract suite finds the faults of stores: memory stores with one fault each, and the tests that each fails.
import assert from "node:assert/strict";
import { test } from "node:test";

import { memoryStore } from "../../js/stores/memory.js";
import { testStore } from "../../js/testing.js";

const faults = {
  "always reports no changes": {
    fault: (store) => ({ ...store, changes: async () => ({ ...(await store.changes()), entries: [] }) }),
    broken: [/the first call returns a mark/, /written keys are reported/, /more than 10 000/],
  },
  "does not report removals": {
    fault: (store) => withEntries(store, (entries) => entries.filter(({ version }) => version !== undefined)),
    broken: [/a removed key is reported as absent/],
  },
  "reports a key twice": {
    fault: (store) => withEntries(store, (entries) => [...entries, ...entries]),
    broken: [/written keys are reported, each once/],
  },
  "reports the previous version": {
    fault(store) {
      const before = new Map();
      const remember = async (entries) => {
        const held = await store.getMany(entries.map(({ key }) => key));
        entries.forEach(({ key }, at) => before.set(key, held[at]?.version));
        return store.write(entries);
      };
      const reported = withEntries(store, (entries) => entries.map(({ key }) => ({ key, version: before.get(key) })));
      return { ...reported, write: remember };
    },
    broken: [/a key that is written again is reported again/],
  },
  "reports nothing for a mark that was used before": {
    fault(store) {
      const used = new Set();
      return {
        ...store,
        async changes(since) {
          const answer = await store.changes(since);
          const isUsed = used.has(since) && answer.entries?.length > 0;
          used.add(since);
          return isUsed ? { mark: answer.mark, entries: [] } : answer;
        },
      };
    },
    broken: [/a mark can be used more than once/],
  },
  "accepts any mark as its own": {
    fault: (store) => ({
      ...store,
      async changes(since) {
        const answer = await store.changes(since);
        return since === undefined ? answer : { entries: [], ...answer };
      },
    }),
    broken: [/for an unknown mark/, /more than 10 000/],
  },
  "reports at most a hundred keys": {
    fault: (store) => withEntries(store, (entries) => entries.slice(0, 100)),
    broken: [/2 000 changed keys are all reported/],
  },
  "answers after it was closed": {
    fault: (store) => ({ ...store, changes: (since) => store.changes(since).catch(() => ({ mark: "closed" })) }),
    broken: [/a closed store rejects instead of reporting no changes/],
  },
  "removes after it was closed": {
    fault: (store) => ({ ...store, remove: (entries) => store.remove(entries).catch(() => {}) }),
    broken: [/a closed store rejects, and never/],
  },
};

function withEntries(store, alter) {
  return {
    ...store,
    async changes(since) {
      const { mark, entries } = await store.changes(since);
      return { mark, entries: entries && alter(entries) };
    },
  };
}

for (const [what, { fault, broken }] of Object.entries(faults)) {
  test(`a store that ${what} does not pass`, async () => {
    const promises = [];
    testStore(() => fault(memoryStore()), { test: (name, body) => promises.push({ name, body }) });
    const failed = [];
    for (const { name, body } of promises) {
      if (!broken.some((promise) => promise.test(name))) continue;
      await body().catch(() => failed.push(name));
    }
    for (const promise of broken)
      assert.ok(
        failed.some((name) => promise.test(name)),
        `${promise} was kept`,
      );
  });
}
