// A store of many made-up keys and versions, without texts: what a node holds of it is the same as of real records.
import bs58 from "bs58";

const BASE_MS = 1_700_000_000_000;
const GOLDEN = 0x9e3779b9;

/** Keys of slots, `perOwner` of each owner, in ascending order. */
export function madeUpKeys(count, perOwner) {
  const keys = [];
  for (let owner = 0; keys.length < count; owner += 1) {
    const publicKey = bs58.encode(madeUpBytes(owner, 1));
    for (let own = 0; own < perOwner && keys.length < count; own += 1) {
      const hex = madeUpBytes(keys.length, 2).toString("hex", 0, 16);
      const uuid = [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join("-");
      keys.push(`${publicKey}/${uuid}`);
    }
  }
  return keys.sort();
}

/** A made-up version of the key with this number; one of a later `turn` is newer. */
export function madeUpVersion(number, turn = 0) {
  const time = (BASE_MS + turn * 1000).toString(16).padStart(14, "0");
  return `${time}-${madeUpBytes(number, 3 + turn).toString("hex")}`;
}

/** A store that holds these keys, and hears of writes by others: `hear(key, version)`. */
export function madeUpStore(keys) {
  let tell = () => {};
  return {
    getMany: async (wanted) => wanted.map(() => undefined),
    async *entries() {},
    async *versions() {
      for (let number = 0; number < keys.length; number += 1) yield { key: keys[number], version: madeUpVersion(number) };
    },
    write: async () => {
      throw new Error("this store only lists versions");
    },
    changes: async (mark) => (mark === undefined ? { mark: "0" } : { mark, entries: [] }),
    watch(onChange) {
      tell = onChange;
      return () => {};
    },
    hear: (key, version) => tell(key, { key, version, text: "" }),
  };
}

const bytes = Buffer.alloc(32);

/** 32 bytes, valid until the next call; a hash object for each of a million records would make the collector the clock. */
function madeUpBytes(number, series) {
  let state = Math.imul(number, 0x85ebca6b) ^ Math.imul(series, 0xc2b2ae35);
  for (let at = 0; at < bytes.length; at += 4) {
    state = (state + GOLDEN) | 0;
    let word = Math.imul(state ^ (state >>> 16), 0x85ebca6b);
    word = Math.imul(word ^ (word >>> 13), 0xc2b2ae35);
    bytes.writeInt32LE(word ^ (word >>> 16), at);
  }
  return bytes;
}
