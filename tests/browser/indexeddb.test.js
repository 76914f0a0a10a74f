// The IndexedDB store in Chromium: in a page, in a worker, and in several pages of one origin at the same time.
import assert from "node:assert/strict";
import { after, before, describe, it, test } from "node:test";
import { root } from "../../.ci/toolchain.mjs";
import { indexeddbStore } from "../../js/stores/indexeddb.js";
import { testStore } from "../../js/testing.js";
import { openBrowser } from "./chromium.js";
import { findFirefox, openFirefox } from "./firefox.js";
import { openIndexeddbPage } from "./indexeddb-page.js";
import { PATIENCE_MS } from "./pages.js";

let browser;
let page;

describe("the IndexedDB store in Chromium", () => {
  before(async () => {
    browser = await openBrowser();
    page = await openIndexeddbPage(browser);
  });

  after(() => browser?.close());

  let promises = 0;
  testStore(() => {}, {
    test(name) {
      promises += 1;
      it(`in a page: ${name}`, () => page.evaluate((promise) => it.keepPromise(promise), name));
    },
  });

  it("it passes the same tests in a worker", async () => {
    assert.equal(await page.evaluate(askWorker, { order: "suite" }), promises);
  });

  /** Runs in a page: a worker's first answer to an order. */
  function askWorker(order) {
    return new Promise((resolve, reject) => {
      const worker = new Worker("/tests/browser/fixtures/indexeddb-worker.js", { type: "module", name: "a worker" });
      worker.onmessage = ({ data }) => ("answer" in data ? resolve(data.answer) : reject(new Error(data.failure)));
      worker.onerror = ({ message }) => reject(new Error(message));
      worker.postMessage(order);
    });
  }

  it("two pages that write the same keys at once end with the greatest version of each", async () => {
    const other = await openIndexeddbPage(browser);
    const write = async (first) => {
      const store = it.indexeddbStore("two pages");
      const outcomes = [];
      for (let timestamp = first; timestamp <= 100; timestamp += 2) {
        outcomes.push(...(await store.write(it.batchAt(timestamp, 20))));
      }
      await store.close();
      return outcomes.filter((outcome) => outcome === "written").length;
    };
    const [odd, even] = await Promise.all([page.evaluate(write, 1), other.evaluate(write, 2)]);
    const held = await page.evaluate(async () => {
      const store = it.indexeddbStore("two pages");
      return (await it.collect(store.entries())).map(it.timestampOf);
    });
    assert.deepEqual(
      held,
      Array.from({ length: 20 }, () => 100),
    );
    assert.ok(even >= 20 && odd + even <= 2_000, `${odd} and ${even} were written`);
    await other.close();
  });

  it("a page that is closed in the middle of a batch leaves nothing of it", { timeout: PATIENCE_MS }, async () => {
    const size = 200;
    await page.evaluate(async (size) => {
      await it.indexeddbStore("closed page").write(it.batchAt(1, size));
    }, size);
    for (const atPut of [1, 2, size, 2 * size]) {
      const closed = await openIndexeddbPage(browser);
      const order = { order: "standStill", database: "closed page", timestamp: 2, size, atPut };
      assert.equal(await closed.evaluate(askWorker, order), "standing still");
      await closed.close();
      const held = await page.evaluate(async () => {
        const store = it.indexeddbStore("closed page");
        const timestamps = [await it.collect(store.entries()), await it.collect(store.versions())];
        return timestamps.map((listed) => listed.map(it.timestampOf));
      });
      const wanted = Array.from({ length: size }, () => 1);
      assert.deepEqual(held, [wanted, wanted], `closed at put ${atPut}`);
    }
    // The batch itself can be written.
    const order = { order: "standStill", database: "closed page", timestamp: 2, size };
    assert.equal(await page.evaluate(askWorker, order), "written");
  });

  it("a page hears what another writes, until it stops listening, and never what it wrote itself", async () => {
    const other = await openIndexeddbPage(browser);
    await page.evaluate(() => {
      globalThis.watched = it.indexeddbStore("watched");
      globalThis.heard = [];
      globalThis.unwatch = watched.watch((key, entry) => {
        heard.push([key, entry && it.timestampOf(entry)]);
        globalThis.onHeard?.();
      });
    });
    const write = (entries) =>
      other.evaluate(async (entries) => {
        globalThis.writer ??= it.indexeddbStore("watched");
        await writer.write(entries.map(([key, timestamp]) => it.entryAt(key, timestamp)));
      }, entries);
    const heardOf = (count) =>
      page.evaluate(async (count) => {
        while (heard.length < count) await new Promise((resolve) => (globalThis.onHeard = resolve));
        return heard;
      }, count);

    await page.evaluate(() => watched.write([it.entryAt("own", 1)]));
    await write([
      ["a", 1],
      ["b", 1],
    ]);
    assert.deepEqual(await heardOf(2), [
      ["a", 1],
      ["b", 1],
    ]);
    await write([
      ["a", 2],
      ["b", 1],
      ["own", 1],
    ]);
    assert.deepEqual(await heardOf(3), [
      ["a", 1],
      ["b", 1],
      ["a", 2],
    ]);
    await page.evaluate(() => {
      unwatch();
      watched.watch((key) => {
        globalThis.last = key;
        globalThis.onLast?.();
      });
    });
    await write([["c", 1]]);
    const last = await page.evaluate(async () => {
      while (globalThis.last === undefined) await new Promise((resolve) => (globalThis.onLast = resolve));
      return [globalThis.last, heard.length];
    });
    assert.deepEqual(last, ["c", 3]);
    await other.close();
  });

  it("a store in a database of the page's own leaves the rest of it alone, and leaves it open", async () => {
    const result = await page.evaluate(async () => {
      const db = await it.opened("own database", ["dbsharing", "other"]);
      await it.settled(db.transaction("other", "readwrite").objectStore("other").put("kept", "a"));
      const store = it.indexeddbStore(db);
      await store.write([it.entryAt("a", 1)]);
      const held = (await it.collect(store.entries())).map(({ key }) => key);
      await store.close();
      const kept = await it.settled(db.transaction("other").objectStore("other").getAll());
      const byName = await it.indexeddbStore("own database").getMany(["a"]);
      return { held, kept, byName: byName.map(it.timestampOf) };
    });
    assert.deepEqual(result, { held: ["a"], kept: ["kept"], byName: [1] });
  });

  it("a batch that does not fit on the disk fails with its cause and leaves nothing", async () => {
    const [failure, held] = await page.evaluate(async () => {
      const bucket = await navigator.storageBuckets.open("small", { quota: 50_000 });
      const store = it.indexeddbStore(await it.opened("full", ["dbsharing"], bucket.indexedDB));
      await store.write([it.entryAt("a", 1)]);
      const large = Array.from({ length: 20 }, (_, index) => it.entryAt(`large/${index}`, 1, "x".repeat(100_000)));
      const failure = await it.failureOf(store.write([it.entryAt("a", 2), ...large]));
      return [failure, (await it.collect(store.entries())).map(it.timestampOf)];
    });
    const message = "indexeddbStore could not write 21 entries: QuotaExceededError";
    assert.deepEqual(failure, { message, cause: "QuotaExceededError" });
    assert.deepEqual(held, [1]);
  });

  it("a damaged version counts as older than any record, so a good copy replaces it", async () => {
    const held = await page.evaluate(async () => {
      const store = it.indexeddbStore("damaged");
      await store.write([it.entryAt("a", 5)]);
      const db = await it.opened("damaged", []);
      const objects = db.transaction("dbsharing", "readwrite").objectStore("dbsharing");
      await Promise.all([
        it.settled(objects.put("damage", ["version", "a"])),
        it.settled(objects.put("damage", ["record", "a"])),
      ]);
      const damaged = await store.getMany(["a"]);
      return [damaged, await store.write([it.entryAt("a", 1)]), (await store.getMany(["a"])).map(it.timestampOf)];
    });
    assert.deepEqual(held, [[{ key: "a", version: "", text: "" }], ["written"], [1]]);
  });

  it("a database without the object store is refused by name", async () => {
    const [thrown, failure] = await page.evaluate(async () => {
      const db = await it.opened("foreign", ["other"]);
      const failure = await it.failureOf(it.indexeddbStore("foreign").getMany(["a"]));
      try {
        it.indexeddbStore(db);
      } catch (error) {
        return [`${error}`, failure];
      }
    });
    const why = 'the database foreign has no object store "dbsharing"; make it with db.createObjectStore("dbsharing")';
    assert.equal(thrown, `TypeError: indexeddbStore(nameOrDb): ${why}`);
    assert.equal(failure.message, `indexeddbStore could not read 1 key: ${why}`);
  });
});

test("the IndexedDB store passes the same tests in Firefox", {
  skip: findFirefox() ? false : "Firefox is not installed",
  timeout: PATIENCE_MS,
}, async () => {
  const firefox = await openFirefox({ folder: root });
  try {
    const page = await firefox.newPage("/");
    const promises = await page.evaluate(async () => (await import("/tests/browser/fixtures/indexeddb.js")).keepAllPromises());
    assert.ok(promises >= 40, `${promises} promises`);
  } finally {
    await firefox.close();
  }
});

test("what is neither a name nor a database is refused with a message that names it", () => {
  for (const wrong of [undefined, null, "", 7, {}, new Map()]) {
    const refusal = { name: "TypeError", message: / got .+; wanted the name of a database, or an open IDBDatabase/ };
    assert.throws(() => indexeddbStore(wrong), refusal);
  }
  assert.throws(() => indexeddbStore("records"), { message: "indexeddbStore(name): this runtime has no IndexedDB" });
});
