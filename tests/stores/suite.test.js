// The suite finds faulty stores: memory stores with one fault each, and the promises that they break.
import assert from "node:assert/strict";
import { test } from "node:test";

import { memoryStore } from "../../js/stores/memory.js";
import { testStore } from "../../js/testing.js";

const faults = {
  "says that nothing happened": {
    fault: (store) => ({ ...store, changes: async () => ({ ...(await store.changes()), entries: [] }) }),
    broken: [/a first look gives a mark/, /what is written is reported/, /more than 10 000/],
  },
  "keeps removals to itself": {
    fault: (store) => withEntries(store, (entries) => entries.filter(({ version }) => version !== undefined)),
    broken: [/what is removed is reported to be gone/],
  },
  "reports a key twice": {
    fault: (store) => withEntries(store, (entries) => [...entries, ...entries]),
    broken: [/what is written is reported, each key once/],
  },
  "reports the version of before": {
    fault(store) {
      const before = new Map();
      const remember = async (entries) => {
        const held = await store.getMany(entries.map(({ key }) => key));
        entries.forEach(({ key }, at) => before.set(key, held[at]?.version));
        return store.write(entries);
      };
      const told = withEntries(store, (entries) => entries.map(({ key }) => ({ key, version: before.get(key) })));
      return { ...told, write: remember };
    },
    broken: [/a key that is written again is reported again/],
  },
  "reports nothing at the second look with one mark": {
    fault(store) {
      const used = new Set();
      return {
        ...store,
        async changes(since) {
          const look = await store.changes(since);
          const isUsed = used.has(since) && look.entries?.length > 0;
          used.add(since);
          return isUsed ? { mark: look.mark, entries: [] } : look;
        },
      };
    },
    broken: [/a mark serves more than once/],
  },
  "takes any mark for one of its own": {
    fault: (store) => ({
      ...store,
      async changes(since) {
        const look = await store.changes(since);
        return since === undefined ? look : { entries: [], ...look };
      },
    }),
    broken: [/after a mark that it never gave/, /more than 10 000/],
  },
  "reports a hundred keys at most": {
    fault: (store) => withEntries(store, (entries) => entries.slice(0, 100)),
    broken: [/2 000 changed keys are all reported/],
  },
  "answers when it is closed": {
    fault: (store) => ({ ...store, changes: (since) => store.changes(since).catch(() => ({ mark: "closed" })) }),
    broken: [/a closed store does not say that nothing happened/],
  },
  "removes when it is closed": {
    fault: (store) => ({ ...store, remove: (entries) => store.remove(entries).catch(() => {}) }),
    broken: [/a closed store refuses/],
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
