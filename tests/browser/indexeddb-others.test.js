// The IndexedDB store in Chromium beside others: pages that write, remove, upgrade or delete, a browser that takes the
// database away, and a person with the developer tools.
import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";

import { openBrowser } from "./chromium.js";
import { openIndexeddbPage } from "./indexeddb-page.js";
import { PATIENCE_MS } from "./pages.js";

let browser;
let page;
let other;

describe("the IndexedDB store in Chromium, beside others", { timeout: PATIENCE_MS }, () => {
  before(async () => {
    browser = await openBrowser();
    [page, other] = [await openIndexeddbPage(browser), await openIndexeddbPage(browser)];
  });

  after(() => browser?.close());

  /** Opens a store of that name as `store` in each of the pages, and sets `mark` in the first. */
  async function openStores(name, pages = [page, other]) {
    for (const each of pages) {
      await each.evaluate(async (name) => {
        globalThis.store = it.indexeddbStore(name);
        await store.write([it.entryAt("first", 1)]);
        globalThis.mark = (await store.changes()).mark;
      }, name);
    }
  }

  /** What the page's looks report since its mark, once that is this many keys, or after a minute. */
  function reportedKeys(count) {
    return page.evaluate(async (count) => {
      for (const deadlineMs = Date.now() + 60_000; ; await new Promise((resolve) => setTimeout(resolve, 5))) {
        const reported = await it.reported(store, mark);
        if (reported.length >= count || Date.now() > deadlineMs) return reported;
      }
    }, count);
  }

  it("what another page writes and removes is reported, and so is what the page wrote itself", async () => {
    await openStores("reported");
    await page.evaluate(() => store.write([it.entryAt("own", 1)]));
    await other.evaluate(async () => {
      await store.write([it.entryAt("a", 1), it.entryAt("b", 1)]);
      await store.remove([it.entryAt("a", 1)]);
      await store.write([it.entryAt("b", 2), it.entryAt("c", 1)]);
    });
    assert.deepEqual(await reportedKeys(4), [
      ["a", undefined],
      ["b", 2],
      ["c", 1],
      ["own", 1],
    ]);
  });

  it("other pages can follow the writes of a page that closes while it writes", async () => {
    await openStores("closing");
    const closing = await openIndexeddbPage(browser);
    const writing = closing.evaluate(async () => {
      const store = it.indexeddbStore("closing");
      for (let at = 0; ; at += 1) await store.write([it.entryAt(`key/${at}`, 1)]);
    });
    const isCut = assert.rejects(writing);
    await reportedKeys(20);
    await closing.close();
    await isCut;
    await page.evaluate(() => store.write([it.entryAt("last", 1)]));
    assert.ok((await reportedKeys(21)).some(([key]) => key === "last"));
  });

  it("what another page removes reaches a page that watches", async () => {
    await openStores("removed");
    await page.evaluate(() => {
      globalThis.removed = new Promise((resolve) => store.watch((key, entry) => resolve([key, entry ?? "gone"])));
    });
    await other.evaluate(() => store.remove([it.entryAt("first", 1)]));
    assert.deepEqual(await page.evaluate(() => removed), ["first", "gone"]);
  });

  it("without BroadcastChannel a store cannot report changes, so it lacks the method", async () => {
    const [has, held] = await page.evaluate(async () => {
      const { BroadcastChannel } = globalThis;
      delete globalThis.BroadcastChannel;
      const store = it.indexeddbStore("without a channel");
      globalThis.BroadcastChannel = BroadcastChannel;
      await store.write([it.entryAt("a", 1)]);
      store.watch(() => {})();
      const held = (await store.getMany(["a"])).map(it.timestampOf);
      await store.close();
      return ["changes" in store, held];
    });
    assert.deepEqual([has, held], [false, [1]]);
  });

  it("a page from the back-forward cache heard nothing meanwhile, and reports that", async () => {
    await openStores("came back");
    const reported = await page.evaluate(async () => {
      dispatchEvent(new PageTransitionEvent("pageshow", { persisted: false }));
      const loaded = await it.reported(store, mark);
      dispatchEvent(new PageTransitionEvent("pageshow", { persisted: true }));
      return [loaded, (await it.reported(store, mark)) ?? "unknown"];
    });
    assert.deepEqual(reported, [[], "unknown"]);
  });

  it("a message in the channel that is not a list of keys is ignored", async () => {
    await openStores("babble");
    await other.evaluate(async () => {
      const channel = new BroadcastChannel("dbsharing babble");
      for (const babble of [null, 7, "a", { 0: "a", length: 1 }, [7, null, "", "a b", "é"]]) channel.postMessage(babble);
      await store.write([it.entryAt("a", 1)]);
    });
    assert.deepEqual(await reportedKeys(1), [["a", 1]]);
  });

  it("a database that another page deleted comes back empty, and older marks are not valid", async () => {
    await openStores("deleted", [page]);
    await other.evaluate(() => it.deleted("deleted"));
    const result = await page.evaluate(async () => {
      const reported = (await it.reported(store, mark)) ?? "unknown";
      const held = [await it.collect(store.entries()), await it.collect(store.versions())];
      return [reported, held, await store.write([it.entryAt("a", 1)]), (await it.collect(store.entries())).map(it.timestampOf)];
    });
    assert.deepEqual(result, ["unknown", [[], []], ["written"], [1]]);
  });

  it("a database that another page upgraded is used in its new version", async () => {
    await openStores("upgraded", [page]);
    const upgrade = (version, change) =>
      other.evaluate(
        async ([version, change]) => {
          const request = indexedDB.open("upgraded", version);
          request.onupgradeneeded = () => request.result[change]("dbsharing");
          (await it.settled(request)).close();
        },
        [version, change],
      );
    const held = () =>
      page.evaluate(() =>
        it.collect(store.entries()).then(
          (entries) => entries.map(it.timestampOf),
          ({ message }) => message,
        ),
      );

    await upgrade(2, "deleteObjectStore");
    const why = 'the database upgraded has no object store "dbsharing"; make it with db.createObjectStore("dbsharing")';
    assert.equal(await held(), `indexeddbStore could not list its entries: ${why}`);
    await upgrade(3, "createObjectStore");
    assert.deepEqual(await held(), []);
    await page.evaluate(() => store.write([it.entryAt("a", 2)]));
    assert.deepEqual(await held(), [2]);
  });

  it("a database that the browser closes is opened again", async () => {
    await openStores("taken", [page]);
    const session = await page.context().newCDPSession(page);
    await session.send("Storage.clearDataForOrigin", { origin: browser.origin, storageTypes: "indexeddb" });
    const result = await page.evaluate(async () => {
      const write = await store.write([it.entryAt("a", 1)]);
      const reported = (await it.reported(store, mark)) ?? "unknown";
      return [write, reported, (await it.collect(store.versions())).map(({ key }) => key)];
    });
    assert.deepEqual(result, [["written"], "unknown", ["a"]]);
  });

  it("a write during which the browser closes the database is repeated", async () => {
    await openStores("taken in a write", [page]);
    const session = await page.context().newCDPSession(page);
    const writing = page.evaluate(async () => {
      const outcomes = [];
      for (globalThis.isTaken = false; !isTaken; ) outcomes.push(...(await store.write([it.entryAt("a", outcomes.length)])));
      return outcomes;
    });
    await session.send("Storage.clearDataForOrigin", { origin: browser.origin, storageTypes: "indexeddb" });
    await page.evaluate(() => void (isTaken = true));
    assert.deepEqual([...new Set(await writing)], ["written"]);
  });

  it("a closed store stays closed although its database is deleted", async () => {
    await openStores("stays closed", [page]);
    await page.evaluate(() => store.close());
    await other.evaluate(() => it.deleted("stays closed"));
    const failure = await page.evaluate(() => it.failureOf(store.getMany(["a"])));
    assert.equal(failure.message, "indexeddbStore could not read 1 key: this store is closed");
    assert.deepEqual(
      await other.evaluate(async () => (await indexedDB.databases()).filter(({ name }) => name === "stays closed")),
      [],
    );
  });

  it("a database that the page opened and closed cannot be opened again, and the error says so", async () => {
    const failures = await page.evaluate(async () => {
      const db = await it.opened("given", ["dbsharing"]);
      const store = it.indexeddbStore(db);
      await store.write([it.entryAt("a", 1)]);
      db.close();
      return Promise.all([store.getMany(["a"]), store.write([it.entryAt("a", 2)]), store.changes()].map(it.failureOf));
    });
    const why = "its database was closed; open it again and make a new store from it, or give the store its name";
    assert.deepEqual(
      failures.map(({ message }) => message),
      ["read 1 key", "write 1 entry", "look for changes"].map((what) => `indexeddbStore could not ${what}: ${why}`),
    );
  });

  it("rows that were deleted by hand are in no listing, and may be written again", async () => {
    const result = await page.evaluate(async () => {
      const store = it.indexeddbStore("by hand");
      const listed = async () => {
        const versions = (await it.collect(store.versions())).map(({ key, version }) => (version ? key : `${key} damaged`));
        return [versions, (await it.collect(store.entries())).map(({ key }) => key)];
      };
      await store.write(["a", "b", "c"].map((key) => it.entryAt(key, 2)));
      await it.changeByHand("by hand", (objects) => {
        objects.delete(["record", "a"]);
        objects.delete(["version", "b"]);
      });
      const one = await listed();
      const again = await store.write(["a", "b", "c"].map((key) => it.entryAt(key, 2)));
      const mended = await listed();
      await it.changeByHand("by hand", (objects) => objects.clear());
      return [one, again, mended, await listed(), await store.write([it.entryAt("a", 1)])];
    });
    assert.deepEqual(result, [
      [
        ["b damaged", "c"],
        ["b", "c"],
      ],
      ["written", "written", "stale"],
      [
        ["a", "b", "c"],
        ["a", "b", "c"],
      ],
      [[], []],
      ["written"],
    ]);
  });

  it("keys that are not ours are not listed, and do not cut a page short", async () => {
    const result = await page.evaluate(async () => {
      const store = it.indexeddbStore("odd keys");
      await store.write([it.entryAt("a", 1), it.entryAt("b", 1)]);
      await it.changeByHand("odd keys", (objects) => {
        const { version, text } = it.entryAt("a", 9);
        const odd = ["", "a b", "a\nb", "aé", "a".repeat(814), 7, new Date(0), ["a"]].map((key) => [key]);
        for (const key of [...odd, ["a", "b"], []]) {
          objects.put({ version, text }, ["record", ...key]);
          objects.put(version, ["version", ...key]);
        }
        objects.put("foreign", "foreign");
      });
      const timestamps = (items) => items.map((item) => [item.key, it.timestampOf(item)]);
      const pages = [{}, { limit: 2 }, { gt: "a", limit: 1 }];
      const listings = [];
      for (const range of pages) listings.push(timestamps(await it.collect(store.entries(range))));
      return [timestamps(await it.collect(store.versions())), ...listings];
    });
    const both = [
      ["a", 1],
      ["b", 1],
    ];
    assert.deepEqual(result, [both, both, both, [["b", 1]]]);
  });

  it("two collections in one database are refused with the remedy", async () => {
    const failures = await page.evaluate(() => {
      const failureOf = (name, collection) => {
        try {
          it.indexeddbStore(name).claim(collection);
          return undefined;
        } catch ({ message }) {
          return message;
        }
      };
      return [
        ["claimed", "first"],
        ["claimed", "first"],
        ["claimed", "second"],
        ["another", "second"],
      ].map((pair) => failureOf(...pair) ?? "well");
    });
    const refusal =
      'the collection "second" was given the place of the collection "first"; give each its own: indexeddbStore("another name")';
    assert.deepEqual(failures, ["well", "well", refusal, "well"]);
  });
});
