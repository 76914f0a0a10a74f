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
  /** The whole record as it is stored and served: JSON of `{ data, publicKey, signature }` and what is kept unsigned. */
  text: string;
  /** What looks wrong although the rules accept it, in a sentence: a `timestamp` in seconds. */
  hint?: string;
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
  now?: number | undefined;
  /** Shapes the verdict's `key`. Default: `"record"`. */
  identity?: Identity | undefined;
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
 *
 * @throws {ShareError} `OPTION_INVALID` when `items` is not an array, but a single item
 * @example
 * const { publicKey, secretKey } = nacl.sign.keyPair();
 * const message = new TextEncoder().encode("hello");
 * const [isGood] = verifySignatures([{ publicKey, message, signature: nacl.sign.detached(message, secretKey) }]);
 */
export function verifySignatures(items: readonly SignatureItem[]): boolean[];

/** Bytes with a buffer of their own, as `crypto.subtle` and `Blob` want them. */
export type OwnBytes = Uint8Array & { readonly buffer: ArrayBuffer };

/**
 * What signs records and keeps its secret key to itself: a wallet, a service, a key of WebCrypto that cannot be exported.
 *
 * @example
 * const { publicKey, secretKey } = nacl.sign.keyPair(); // stands for a wallet
 * const signer: Signer = { publicKey: bs58.encode(publicKey), sign: async (bytes) => nacl.sign.detached(bytes, secretKey) };
 * const record = await signRecord({ uuid: "my-page", linktree: [], timestamp: Date.now() }, signer);
 * @example
 * // WebCrypto, where the runtime has Ed25519: Node, and the browsers of today. The secret key cannot be exported.
 * const keys = await crypto.subtle.generateKey("Ed25519", false, ["sign", "verify"]) as CryptoKeyPair;
 * const signer: Signer = {
 *   publicKey: await crypto.subtle.exportKey("raw", keys.publicKey),
 *   sign: (bytes) => crypto.subtle.sign("Ed25519", keys.privateKey, bytes),
 * };
 * const { stored } = await sharing.update({ uuid: "my-page", linktree: [] }, signer);
 */
export interface Signer {
  /** The ed25519 public key: base58, or its 32 bytes. */
  readonly publicKey: string | Uint8Array | ArrayBuffer;
  /**
   * The detached ed25519 signature of these bytes, 64 bytes. It may take as long as it likes, and what it gives is
   * verified.
   */
  sign(bytes: OwnBytes): Uint8Array | ArrayBuffer | PromiseLike<Uint8Array | ArrayBuffer>;
}

/** A pair of ed25519 keys. */
export interface KeyPair {
  /** Base58, as records carry it. */
  publicKey: string;
  /** 64 bytes, the seed and the public key, as tweetnacl and Solana wallets keep it. Whoever has it can sign. */
  secretKey: OwnBytes;
}

/**
 * A new pair of keys: random, or always the same one of a seed.
 *
 * @param options `seed`: 32 secret bytes. Default: random bytes of `globalThis.crypto`, or else of Node's own; a program of ES
 * modules on Node 18 reaches neither and gives `{ seed: randomBytes(32) }` by `randomBytes` of `node:crypto`.
 * @throws {ShareError} `RUNTIME_UNSUPPORTED` where there is no source of random bytes; `OPTION_INVALID`
 * @example
 * const { publicKey, secretKey } = generateKey();
 * const record = signRecord({ uuid: "my-page", linktree: [], timestamp: Date.now() }, secretKey);
 */
export function generateKey(options?: { seed?: Uint8Array | undefined }): KeyPair;

/**
 * The public key, base58, of a secret key.
 *
 * @param secretKey a 32-byte seed, or the 64-byte secret key of tweetnacl and Solana wallets
 * @throws {ShareError} `BAD_KEY`
 * @example
 * const { secretKey } = generateKey();
 * const mine = await sharing.get(recordKey(publicKeyOf(secretKey), "my-page"));
 */
export function publicKeyOf(secretKey: Uint8Array): string;

/**
 * A signed record of `data`, given back as it reads after `JSON.parse(JSON.stringify(data))`.
 *
 * @param secretKey a 32-byte seed, or the 64-byte secret key of tweetnacl and Solana wallets
 * @throws {ShareError} the code of the rule that `data` breaks, such as `BAD_ID`; `BAD_KEY` for a bad secret key
 * @example
 * const record = signRecord({ uuid: "my-page", linktree: [], timestamp: Date.now() }, secretKey);
 */
export function signRecord<Data extends { uuid: string; timestamp: number }>(
  data: Data,
  secretKey: Uint8Array,
): SignedRecord<Data>;

/**
 * The same by a signer, which is asked once, for the UTF-8 bytes of `JSON.stringify(data)`. Rejects with `BAD_SIGNATURE`
 * where the signer gives anything else than their signature by its `publicKey`, and with `SIGNER_FAILED` where it throws
 * or rejects: the `message` tells its reason, `cause` is what it threw.
 *
 * @example
 * const signer = { publicKey: publicKeyOf(secretKey), sign: async (bytes) => nacl.sign.detached(bytes, secretKey) };
 * const record = await signRecord({ uuid: "my-page", linktree: [], timestamp: Date.now() }, signer);
 */
export function signRecord<Data extends { uuid: string; timestamp: number }>(
  data: Data,
  signer: Signer,
): Promise<SignedRecord<Data>>;

/** Either of the two. */
export function signRecord<Data extends { uuid: string; timestamp: number }>(
  data: Data,
  keyOrSigner: Uint8Array | Signer,
): SignedRecord<Data> | Promise<SignedRecord<Data>>;

/**
 * The record in a signed message, as platforms make them: base58 of 64 bytes of signature and the JSON text that they
 * sign. Its `data` must then pass the rules like any other, when the record is put or verified.
 *
 * @param text at most 64 KiB and 64 bytes, in base58
 * @param publicKey of whoever signed it, base58
 * @throws {ShareError} `BAD_SHAPE` for what is not base58, or holds no JSON object; `TOO_LARGE`, `TOO_DEEP`; `BAD_KEY`,
 * `UNSUPPORTED_KEY`; `BAD_SIGNATURE` where the signature does not verify, or signs another text than `JSON.stringify`
 * writes
 * @example
 * const text = new TextEncoder().encode(JSON.stringify({ uuid: "my-page", linktree: [], timestamp: Date.now() }));
 * const message = bs58.encode(nacl.sign(text, secretKey)); // as the platform makes it
 * const record = fromSignedMessage(message, publicKeyOf(secretKey));
 */
export function fromSignedMessage<Data extends object = RecordData>(text: string, publicKey: string): SignedRecord<Data>;

/**
 * The name of a record's slot: the public key, `/`, and the percent-encoded uuid; the public key alone where the
 * identity is `"owner"`.
 *
 * @throws {ShareError} `BAD_KEY` or `UNSUPPORTED_KEY`; `BAD_ID` for a uuid that no record may have
 * @example
 * const record = await sharing.get(recordKey(publicKey, uuid));
 */
export function recordKey(publicKey: string, uuid?: string): string;

/** The version of this package. */
export const version: string;
