import type { RejectionCode } from "./codes.js";

/** The signed part of a record: two fields that sharing reads, and whatever else the task puts there. */
export interface RecordData {
  /** Names the record among those of its key. Any non-empty string of at most 256 bytes; RFC 4122 is not asked for. */
  uuid: string;
  /** When it was made: milliseconds since 1970, an integer from 0 to 2^53 - 1. The newer record wins. */
  timestamp: number;
  /** Anything that JSON can say. It comes back byte for byte, or the signature would break. */
  [field: string]: any;
}

/**
 * A record as it is stored and served.
 *
 * @example
 * const record: SignedRecord = {
 *   data: { uuid: "7b7c…", linktree: [{ label: "Site", redirectUrl: "https://example.com" }], timestamp: Date.now() },
 *   publicKey: "7x8tP5ipyqPfrRSXoxgGz6EzfTe3S84J3WUvJwbTwgnY",
 *   signature: "3bmW…",
 * };
 */
export interface SignedRecord<Data extends object = RecordData> {
  /** What is signed: exactly the UTF-8 bytes of `JSON.stringify(data)`. */
  data: Data;
  /** The ed25519 public key, base58. */
  publicKey: string;
  /** The ed25519 signature, base58. */
  signature: string;
  /** Not signed: kept as first received, if all such fields together are at most 1 KiB. */
  username?: string;
  /** Other unsigned fields, under the same limit. Never trust them. */
  [unsigned: string]: unknown;
}

/**
 * What a record is a record of: `"record"` is one slot for every (publicKey, uuid); `"owner"` is one for every
 * publicKey, as in Koii's linktree, where a new record replaces the old one even if its uuid is another.
 */
export type Identity = "record" | "owner";

/** The verdict on a record that all rules accept. */
export interface AcceptedVerdict {
  ok: true;
  /** Its slot: see {@link recordKey}. */
  key: string;
  /** 14 hex digits of the timestamp, a dash, 64 hex digits of the content id. Of two, the greater string is newer. */
  version: string;
  publicKey: string;
  /** `data.uuid`. */
  uuid: string;
  /** `data.timestamp`: milliseconds since 1970. */
  timestampMs: number;
  /** The text whose bytes are signed: `JSON.stringify(data)`. */
  signedText: string;
}

/** The verdict on a record that some rule refuses: the first one that it fails. */
export interface RejectedVerdict {
  ok: false;
  code: RejectionCode;
  /** What is wrong, in a sentence. */
  message: string;
  /** There exactly when `data` is an object within the limits of size and depth. */
  signedText?: string;
}

/** What the rules of acceptance say of one record. */
export type Verdict = AcceptedVerdict | RejectedVerdict;

/** What the verdicts depend on besides the bytes. */
export interface VerifyOptions {
  /** The clock against which timestamps are held: an integer from 0 to 2^53 - 1, milliseconds. Default: now. */
  now?: number;
  /** Shapes the verdict's `key`. Default: `"record"`. */
  identity?: Identity;
}

/**
 * The verdicts on a whole body, as a peer would send it: one per item, in its order. Signatures are verified in
 * batches, several times faster than one by one.
 *
 * @param body a JSON array, of bare records or of `{ key, value: record }`
 * @throws {ShareError} `BAD_BODY` when the body is not a JSON array; `OPTION_INVALID`
 * @example
 * const response = await fetch(`${url}/task/${taskId}/linktree/all`);
 * const verdicts = verifyJson(new Uint8Array(await response.arrayBuffer()));
 * console.log(verdicts.filter(({ ok }) => ok).length, "of", verdicts.length, "records verify");
 */
export function verifyJson(body: string | Uint8Array, options?: VerifyOptions): Verdict[];

/**
 * The verdict on one record. What cannot be stringified is `BAD_SHAPE`.
 *
 * @throws {ShareError} `OPTION_INVALID`
 * @example
 * const verdict = verifyRecord(req.body.payload);
 * if (!verdict.ok) return res.status(400).json({ code: verdict.code, message: verdict.message });
 */
export function verifyRecord(record: unknown, options?: VerifyOptions): Verdict;

/** One signature to check. */
export interface SignatureItem {
  /** 32 bytes. */
  publicKey: Uint8Array;
  /** 64 bytes. */
  signature: Uint8Array;
  /** What was signed. */
  message: Uint8Array;
}

/**
 * Whether each ed25519 signature verifies, in the order of the items, under the same rules as those of records. Checked
 * in batches; the verdict on one never depends on its neighbours. A key or signature of a wrong length is `false`.
 */
export function verifySignatures(items: readonly SignatureItem[]): boolean[];

/**
 * A signed record of `data`, given back as it reads after `JSON.parse(JSON.stringify(data))`.
 *
 * @param secretKey a 32-byte seed, or the 64-byte secret key of tweetnacl and Solana wallets
 * @throws {ShareError} the code of the rule that `data` breaks, such as `BAD_ID`; `BAD_KEY` for a bad secret key
 * @example
 * const record = signRecord({ uuid: randomUUID(), linktree, timestamp: Date.now() }, keypair.secretKey);
 */
export function signRecord<Data extends { uuid: string; timestamp: number }>(
  data: Data,
  secretKey: Uint8Array,
): SignedRecord<Data>;

/**
 * The name of a record's slot: the public key, `/`, and the percent-encoded uuid; the public key alone where the
 * identity is `"owner"`.
 *
 * @throws {ShareError} `BAD_KEY` or `BAD_ID`
 * @example
 * const record = await sharing.get(recordKey(publicKey, uuid));
 */
export function recordKey(publicKey: string, uuid?: string): string;

/** The version of this package. */
export const version: string;
