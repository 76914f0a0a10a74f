// The tests of the contract suite for every store: one for each promise of the contract.

import { collect, entryAt, equal, keysByPages, keysOf, rejects, timestampOf, versionAt, versionsOf } from "./suite-checks.js";

export const STORE_PROMISES = {
  "an empty store holds nothing": async (store) => {
    equal(await store.getMany(["a"]), [undefined], "getMany of a key that does not exist");
    equal(await keysOf(store), [], "keys");
    equal(await versionsOf(store), [], "versions");
  },

  "getMany of no keys and write of no entries resolve to nothing": async (store) => {
    equal(await store.getMany([]), [], "getMany of no keys");
    equal(await store.write([]), [], "write of no entries");
  },

  "what is written is read back whole": async (store) => {
    const entry = entryAt("owner/one", 1);
    equal(await store.write([entry]), ["written"], "outcome of write");
    equal(await store.getMany(["owner/one"]), [entry], "getMany");
    equal(await collect(store.entries()), [entry], "entries");
    equal(await versionsOf(store), [[entry.key, entry.version]], "versions");
  },

  "getMany answers in the order of the keys": async (store) => {
    const [a, b, c] = ["a", "b", "c"].map((key) => entryAt(key, 1));
    await store.write([b, c, a]);
    equal(await store.getMany(["c", "gone", "a", "c", "b"]), [c, undefined, a, c, b], "getMany");
  },

  "entries are listed in ascending order of their keys": async (store) => {
    const keys = ["b", "B", "a~", "a/", "0", "z", "a%20", "a", "A"];
    await store.write(keys.map((key) => entryAt(key, 1)));
    equal(await keysOf(store), ["0", "A", "B", "a", "a%20", "a/", "a~", "b", "z"], "keys");
  },

  "gt and limit select a page": async (store) => {
    await store.write(["a", "b", "c", "d"].map((key) => entryAt(key, 1)));
    equal(await keysOf(store, { gt: "a", limit: 2 }), ["b", "c"], "a page after an existing key");
    equal(await keysOf(store, { gt: "bb" }), ["c", "d"], "a page after a key that does not exist");
    equal(await keysOf(store, { limit: 1 }), ["a"], "the first page");
    equal(await keysOf(store, { gt: "d" }), [], "a page after the last key");
    equal(await keysOf(store, { limit: 0 }), [], "a page with limit 0");
  },

  "keys that are prefixes of other keys stay separate": async (store) => {
    const keys = ["owner", "owner/", "owner/a", "owner/a/", "owner/a/b", "owner/aa", "owner2"];
    await store.write(keys.map((key, index) => entryAt(key, index + 1)));
    equal((await store.getMany(keys)).map(timestampOf), [1, 2, 3, 4, 5, 6, 7], "timestamps");
    equal(await keysOf(store, { gt: "owner/a" }), ["owner/a/", "owner/a/b", "owner/aa", "owner2"], "keys");
  },

  "names of built-in object properties are ordinary keys": async (store) => {
    const keys = ["__proto__", "constructor", "toString"];
    equal(await store.getMany(keys), [undefined, undefined, undefined], "getMany before they were written");
    await store.write(keys.map((key) => entryAt(key, 1)));
    equal(await keysOf(store), keys, "keys");
  },

  "a key of the maximum length is held": async (store) => {
    const key = `${"K".repeat(44)}/${"%F0%9F%99%82".repeat(64)}`;
    await store.write([entryAt(key, 1)]);
    equal(await keysOf(store), [key], "keys");
  },

  "a newer version replaces an older one": async (store) => {
    await store.write([entryAt("a", 1)]);
    equal(await store.write([entryAt("a", 2)]), ["written"], "outcome of write");
    equal(await store.getMany(["a"]), [entryAt("a", 2)], "entries held");
  },

  "an older version is stale": async (store) => {
    await store.write([entryAt("a", 2)]);
    equal(await store.write([entryAt("a", 1)]), ["stale"], "outcome of write");
    equal(await store.getMany(["a"]), [entryAt("a", 2)], "entries held");
  },

  "an equal version is stale, whatever its text": async (store) => {
    await store.write([entryAt("a", 1)]);
    equal(await store.write([{ ...entryAt("a", 1), text: "{}" }]), ["stale"], "outcome of write");
    equal(await store.getMany(["a"]), [entryAt("a", 1)], "entries held");
  },

  "of equal timestamps the greater content id is newer": async (store) => {
    await store.write([entryAt("a", 1, "5")]);
    equal(await store.write([entryAt("a", 1, "4")]), ["stale"], "outcome of the lesser content id");
    equal(await store.write([entryAt("a", 1, "6")]), ["written"], "outcome of the greater content id");
  },

  "each entry of a batch has its own outcome": async (store) => {
    await store.write([entryAt("a", 5), entryAt("b", 5)]);
    const batch = [entryAt("a", 4), entryAt("b", 6), entryAt("c", 1)];
    equal(await store.write(batch), ["stale", "written", "written"], "outcomes of write");
    equal((await store.getMany(["a", "b", "c"])).map(timestampOf), [5, 6, 1], "timestamps");
  },

  "of several versions of one key in a batch only the greatest is written": async (store) => {
    const batch = [entryAt("a", 1), entryAt("a", 3), entryAt("a", 3), entryAt("a", 2)];
    equal(await store.write(batch), ["stale", "written", "stale", "stale"], "outcomes of write");
    equal(await collect(store.entries()), [entryAt("a", 3)], "entries held");
  },

  "a batch with a bad entry rejects and writes nothing": async (store) => {
    await store.write([entryAt("a", 1)]);
    for (const bad of BAD_ENTRIES) {
      await rejects(
        store.write([entryAt("a", 2), bad, entryAt("b", 1)]),
        `write of a batch with the entry ${JSON.stringify(bad)}`,
      );
    }
    equal(await collect(store.entries()), [entryAt("a", 1)], "entries held");
  },

  "unusual JSON comes back byte for byte": async (store) => {
    const entries = ODD_TEXTS.map((text, index) => ({ ...entryAt(`odd/${100 + index}`, 1), text }));
    await store.write(entries);
    equal(await store.getMany(entries.map(({ key }) => key)), entries, "getMany");
    equal(await collect(store.entries()), entries, "entries");
  },

  "changing an entry after it was written or read changes nothing in the store": async (store) => {
    const written = entryAt("a", 1);
    await store.write([written]);
    written.text = "changed by the writer";
    const [read] = await store.getMany(["a"]);
    read.text = "changed by the reader";
    equal(await store.getMany(["a"]), [entryAt("a", 1)], "entries held");
  },

  "an entry is removed only if its version is the given one": async (store) => {
    if (!store.remove) return;
    await store.write(["a", "b", "c"].map((key) => entryAt(key, 2)));
    await store.remove([entryAt("a", 2), entryAt("b", 1), entryAt("d", 2)].map(({ key, version }) => ({ key, version })));
    equal(await keysOf(store), ["b", "c"], "keys");
    equal(await store.write([entryAt("a", 1)]), ["written"], "outcome of an older version after the removal");
  },

  "10 000 entries come back in order, in one listing and by pages": async (store) => {
    const keys = Array.from({ length: 10_000 }, (_, index) => `owner/${String(index).padStart(5, "0")}`);
    for (let at = 0; at < keys.length; at += 500) {
      await store.write(keys.slice(at, at + 500).map((key) => entryAt(key, 1)));
    }
    equal(await keysOf(store), keys, "keys of one listing");
    equal(await keysByPages(store, 777), keys, "keys of all pages");
  },

  "paging during writes misses no entry that was there from the start": async (store) => {
    const keys = Array.from({ length: 100 }, (_, index) => `key/${String(index).padStart(3, "0")}`);
    await store.write(keys.map((key) => entryAt(key, 1)));
    let round = 1;
    const paged = await keysByPages(store, 9, async (last) => {
      round += 1;
      await store.write([entryAt(`${last}/new`, 1), entryAt(keys[0], round), entryAt(keys[99], round)]);
    });
    equal(paged, [...new Set(paged)].sort(), "keys of all pages in strictly ascending order");
    equal(
      paged.filter((key) => !key.endsWith("/new")),
      keys,
      "keys that were there from the start",
    );
  },

  "a listing may stop in the middle, and writes may come during it": async (store) => {
    await store.write(["a", "b", "c"].map((key) => entryAt(key, 1)));
    for await (const entry of store.entries()) {
      await store.write([entryAt("d", 1)]);
      if (entry.key === "b") break;
    }
    equal(await keysOf(store), ["a", "b", "c", "d"], "keys after the listing");
  },

  "100 simultaneous writes of one key leave the greatest version": async (store) => {
    const timestamps = Array.from({ length: 100 }, (_, index) => ((index * 37) % 100) + 1);
    const outcomes = await Promise.all(timestamps.map((timestamp) => store.write([entryAt("a", timestamp)])));
    equal((await store.getMany(["a"])).map(timestampOf), [100], "entries held");
    equal(outcomes[timestamps.indexOf(100)], ["written"], "outcome of the greatest version");
  },

  "batches written at the same time are all stored": async (store) => {
    const batches = Array.from({ length: 20 }, (_, batch) =>
      Array.from({ length: 10 }, (_, index) => entryAt(`batch/${10 + batch}/${index}`, 1)),
    );
    await Promise.all(batches.map((batch) => store.write(batch)));
    equal(await collect(store.entries()), batches.flat(), "entries");
  },

  "a reopened store holds the same entries": async (store, opened) => {
    if (!opened.reopen) return;
    const entries = [entryAt("a", 1), entryAt("b", 2)];
    await store.write(entries);
    const again = await opened.reopen();
    equal(await collect(again.entries()), entries, "entries");
    equal(await again.write([entryAt("b", 1), entryAt("b", 3)]), ["stale", "written"], "outcomes of write");
    await again.close?.();
  },

  "a closed store rejects, and never reports a record as absent": async (store) => {
    if (!store.close) return;
    const write = store.write([entryAt("a", 1)]);
    await store.close();
    equal(await write, ["written"], "write that was under way during close");
    await rejects(store.getMany(["a"]), "getMany after close");
    await rejects(store.write([entryAt("a", 2)]), "write after close");
    await rejects(collect(store.entries()), "entries after close");
    if (store.versions) await rejects(collect(store.versions()), "versions after close");
    if (store.remove) await rejects(store.remove([entryAt("a", 1)]), "remove after close");
  },
};

const BAD_ENTRIES = [
  null,
  { key: "", version: versionAt(1), text: "{}" },
  { key: "not ascii: é", version: versionAt(1), text: "{}" },
  { key: "b", version: "1", text: "{}" },
  { key: "b", version: versionAt(1), text: { not: "a string" } },
];

const ODD_TEXTS = [
  "{}",
  "",
  '{"a":null,"":0,"$set":1,"a.b":2,"$$date":1700000000000,"__proto__":{}}',
  '{"emoji":"🙂","accents":"é vs e\u0301","cjk":"漢字","last":"\u{10ffff}"}',
  '{"separators":"\u2028\u2029\u0085","delete":"\u007f","escape":"\\u0000\\ud800","quote":"\\"\\\\"}',
  '{"numbers":[1e21,-0.1,5e-324,9007199254740991,1.7976931348623157e308]}',
  '{"2":"array index","1":"keys first"}',
  `{"long":"${"x".repeat(70_000)}"}`,
  `${"[".repeat(128)}${"]".repeat(128)}`,
  "\ufeff{}\r\n",
];
