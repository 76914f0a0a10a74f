// What a record is in the sums: its id and its values, made of its key, its time and its content id.
import { createHash } from "node:crypto";
import { P, fmix } from "./arithmetic.js";

const BASE58 = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz";

/** SHA-256 of these parts in a row. */
export function sha256(...parts) {
  const hash = createHash("sha256");
  for (const part of parts) hash.update(part);
  return hash.digest();
}

const keys = new Map();

/** The 32 bytes of a public key. */
function keyBytes(publicKey) {
  if (!keys.has(publicKey)) {
    const number = [...publicKey].reduce((sum, digit) => sum * 58n + BigInt(BASE58.indexOf(digit)), 0n);
    keys.set(publicKey, Buffer.from(number.toString(16).padStart(64, "0"), "hex"));
  }
  return keys.get(publicKey);
}

const entries = { record: new WeakMap(), owner: new WeakMap() };

/** What the sums and the merge need of a record, which is never altered: `{ key, timestamp, contentId, record }`. */
export function entryOf(record, identity = "record") {
  if (!entries[identity].has(record)) entries[identity].set(record, makeEntry(record, identity));
  return entries[identity].get(record);
}

function makeEntry(record, identity) {
  const { data, publicKey } = record;
  const uuid = encodeURIComponent(JSON.stringify(data.uuid).slice(1, -1));
  const contentId = sha256("dbsharing/1 record\n", keyBytes(publicKey), JSON.stringify(data));
  return { key: identity === "owner" ? publicKey : `${publicKey}/${uuid}`, timestamp: data.timestamp, contentId, record };
}

/** Whether one entry is greater than another one of its key. */
export function isGreater(one, other) {
  if (one.timestamp !== other.timestamp) return one.timestamp > other.timestamp;
  return Buffer.compare(one.contentId, other.contentId) > 0;
}

/** The id of the record under this key. */
export const idOf = (key) => sha256(key).readUInt32BE(0);

/** The value of a record in a view. */
export function valueOf({ timestamp, contentId }, view) {
  if (view === 1) return 1 + (contentId.readUIntBE(2, 6) % (P - 1));
  const s = Math.min(Math.floor(timestamp / 1_024), 2 ** 32 - 2);
  return 1 + s * 65_536 + contentId.readUInt16BE(0);
}

/** The counter in which an element is, and its sign there. */
export function counterOf(k, value) {
  const place = fmix(k ^ 0x5bd1e995);
  const isCounted = fmix((value % 2 ** 32) ^ fmix(Math.floor(value / 2 ** 32))) % 2 === 1;
  return { counter: place & 31, change: isCounted ? ((place & 32) === 0 ? 1 : -1) : 0 };
}

/** An element's part of the check. */
export function checkOf(view, k, value) {
  const bytes = Buffer.alloc(11);
  bytes.writeUInt8(view, 0);
  bytes.writeUInt32BE(k, 1);
  bytes.writeUIntBE(value, 5, 6);
  return littleEndian(sha256("dbsharing/1 symbols\n", bytes));
}

/** Bytes as a whole number, the least byte first. */
export const littleEndian = (bytes) => BigInt(`0x${Buffer.from(bytes).reverse().toString("hex")}`);
