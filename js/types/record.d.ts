import type { RejectionCode } from "./codes.js";

/** The signed part of a record: two fields that dbsharing reads, and whatever else the task puts there. */
export interface RecordData {
  /** Names the record among those of its public key: any non-empty string of at most 256 bytes, not only RFC 4122. */
  uuid: string;
  /** When the record was made: milliseconds since 1970, an integer from 0 to 2^53 - 1. The newer record wins. */
  timestamp: number;
  /** Anything that JSON can express. It is kept byte for byte; otherwise the signature would break. */
  [field: string]: any;
}

/**
 * A record in the form in which it is stored and served.
 *
 * @example
 * const record: SignedRecord = {
 *   data: { uuid: "7b7c…", linktree: [{ label: "Site", redirectUrl: "https://example.com" }], timestamp: Date.now() },
 *   publicKey: "7x8tP5ipyqPfrRSXoxgGz6EzfTe3S84J3WUvJwbTwgnY",
 *   signature: "3bmW…",
 * };
 */
export interface SignedRecord<Data extends object = RecordData> {
  /** What is signed: the UTF-8 bytes of `JSON.stringify(data)`, exactly. */
  data: Data;
  /** The ed25519 public key, base58. */
  publicKey: string;
  /** The ed25519 signature, base58. */
  signature: string;
  /** Not signed: kept as first received if all unsigned fields together are at most 1 KiB. */
  username?: string;
  /** Other unsigned fields, within the same limit. Never trust them. */
  [unsigned: string]: unknown;
}

/**
 * Which records share a slot: `"record"` has one slot for each (publicKey, uuid); `"owner"` has one slot for each
 * publicKey, as in Koii's linktree, where a new record replaces the old one even if its uuid differs.
 */
export type Identity = "record" | "owner";

/** The verdict on a record that passes all rules. */
export interface AcceptedVerdict {
  ok: true;
  /** The key of its slot: see {@link recordKey}. */
  key: string;
  /** 14 hex digits of the timestamp, a dash, 64 hex digits of the content id. Of two versions the greater string is newer. */
  version: string;
  /** The signer's public key, base58. */
  publicKey: string;
  /** `data.uuid`. */
  uuid: string;
  /** `data.timestamp`: milliseconds since 1970. */
  timestampMs: number;
  /** The text whose UTF-8 bytes are signed: `JSON.stringify(data)`. */
  signedText: string;
  /** The whole record as it is stored and served: JSON of `{ data, publicKey, signature }` and the unsigned fields kept. */
  text: string;
  /** One sentence about what looks wrong although the rules allow it, such as a `timestamp` in seconds. */
  hint?: string;
}

/** The verdict on a record that breaks a rule. */
export interface RejectedVerdict {
  ok: false;
  /** The code of the first rule that the record breaks. */
  code: RejectionCode;
  /** What is wrong, in one sentence. */
  message: string;
  /** Present exactly if `data` is an object within the limits of size and depth. */
  signedText?: string;
}

/** What the rules of acceptance say about one record: accepted, or rejected with a code. */
export type Verdict = AcceptedVerdict | RejectedVerdict;

/** What a verdict depends on besides the bytes. */
export interface VerifyOptions {
  /** The time to compare timestamps with: milliseconds since 1970, an integer from 0 to 2^53 - 1. Default: now. */
  now?: number | undefined;
  /** Decides the form of the verdict's `key`. Default: `"record"`. */
  identity?: Identity | undefined;
}

/**
 * Returns the verdicts on a whole body, as a peer would send it: one for each item, in the same order. Signatures are
 * verified in batches, which is several times faster than one by one.
 *
 * @param body a JSON array of bare records or of `{ key, value: record }`
 * @throws {ShareError} `BAD_BODY` if the body is not a JSON array; `OPTION_INVALID` if an option is wrong
 * @example
 * const response = await fetch(`${url}/task/${taskId}/linktree/all`);
 * const verdicts = verifyJson(new Uint8Array(await response.arrayBuffer()));
 * console.log(verdicts.filter(({ ok }) => ok).length, "of", verdicts.length, "records verify");
 */
export function verifyJson(body: string | Uint8Array, options?: VerifyOptions): Verdict[];

/**
 * Returns the verdict on one record. A value that `JSON.stringify` cannot write is `BAD_SHAPE`.
 *
 * @throws {ShareError} `OPTION_INVALID` if an option is wrong
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
 * Returns for each item, in the same order, whether its ed25519 signature verifies, under the same rules as the signatures
 * of records. Signatures are checked in batches; the result for one never depends on the others. A public key or signature
 * of the wrong length is `false`.
 *
 * @throws {ShareError} `OPTION_INVALID` if `items` is not an array, such as a single item
 * @example
 * const { publicKey, secretKey } = nacl.sign.keyPair();
 * const message = new TextEncoder().encode("hello");
 * const [isGood] = verifySignatures([{ publicKey, message, signature: nacl.sign.detached(message, secretKey) }]);
 */
export function verifySignatures(items: readonly SignatureItem[]): boolean[];

/** Bytes with their own buffer, as `crypto.subtle` and `Blob` require. */
export type OwnBytes = Uint8Array & { readonly buffer: ArrayBuffer };

/**
 * Signs records without revealing its secret key: a wallet, a service, a WebCrypto key that cannot be exported.
 *
 * @example
 * const { publicKey, secretKey } = nacl.sign.keyPair(); // in place of a wallet
 * const signer: Signer = { publicKey: bs58.encode(publicKey), sign: async (bytes) => nacl.sign.detached(bytes, secretKey) };
 * const record = await signRecord({ uuid: "my-page", linktree: [], timestamp: Date.now() }, signer);
 * @example
 * // WebCrypto, in runtimes that have Ed25519: Node and current browsers. The secret key cannot be exported.
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
   * Returns the detached ed25519 signature of these bytes, 64 bytes. It may take as long as it likes. The signature is
   * verified.
   */
  sign(bytes: OwnBytes): Uint8Array | ArrayBuffer | PromiseLike<Uint8Array | ArrayBuffer>;
}

/** A pair of ed25519 keys. */
export interface KeyPair {
  /** Base58, as records carry it. */
  publicKey: string;
  /** 64 bytes, the seed and the public key, as in tweetnacl and Solana wallets. Anyone who has it can sign. */
  secretKey: OwnBytes;
}

/**
 * Returns a new pair of keys: random, or derived from a seed, so that the same seed always yields the same pair.
 *
 * @param options `seed`: 32 secret bytes. Default: random bytes from `globalThis.crypto` or from Node's own crypto. An ES
 * module program on Node 18 has access to neither and passes `{ seed: randomBytes(32) }`, with `randomBytes` of `node:crypto`
 * @throws {ShareError} `RUNTIME_UNSUPPORTED` if there is no source of random bytes; `OPTION_INVALID` if an option is wrong
 * @example
 * const { publicKey, secretKey } = generateKey();
 * const record = signRecord({ uuid: "my-page", linktree: [], timestamp: Date.now() }, secretKey);
 */
export function generateKey(options?: { seed?: Uint8Array | undefined }): KeyPair;

/**
 * Returns the public key, base58, of a secret key.
 *
 * @param secretKey a 32-byte seed, or the 64-byte secret key of tweetnacl and Solana wallets
 * @throws {ShareError} `BAD_KEY` if it is not a secret key
 * @example
 * const { secretKey } = generateKey();
 * const mine = await sharing.get(recordKey(publicKeyOf(secretKey), "my-page"));
 */
export function publicKeyOf(secretKey: Uint8Array): string;

/**
 * Returns a signed record of `data`; its `data` is `JSON.parse(JSON.stringify(data))`.
 *
 * @param secretKey a 32-byte seed, or the 64-byte secret key of tweetnacl and Solana wallets
 * @throws {ShareError} the code of the rule that `data` breaks, such as `BAD_ID`; `BAD_KEY` if `secretKey` is not a secret
 * key
 * @example
 * const record = signRecord({ uuid: "my-page", linktree: [], timestamp: Date.now() }, secretKey);
 */
export function signRecord<Data extends { uuid: string; timestamp: number }>(
  data: Data,
  secretKey: Uint8Array,
): SignedRecord<Data>;

/**
 * Resolves to a record signed by a signer, which is asked once, to sign the UTF-8 bytes of `JSON.stringify(data)`.
 *
 * @throws {ShareError} the code of the rule that `data` breaks; `BAD_KEY` or `UNSUPPORTED_KEY` if the signer's `publicKey`
 * cannot be used; `BAD_SIGNATURE` if the signer returns anything but the signature of these bytes by that key;
 * `SIGNER_FAILED` if it throws or rejects: the `message` has its reason, and `cause` is what it threw
 * @example
 * const signer = { publicKey: publicKeyOf(secretKey), sign: async (bytes) => nacl.sign.detached(bytes, secretKey) };
 * const record = await signRecord({ uuid: "my-page", linktree: [], timestamp: Date.now() }, signer);
 */
export function signRecord<Data extends { uuid: string; timestamp: number }>(
  data: Data,
  signer: Signer,
): Promise<SignedRecord<Data>>;

/** Either of the two forms, for a value that may be a secret key or a signer. */
export function signRecord<Data extends { uuid: string; timestamp: number }>(
  data: Data,
  keyOrSigner: Uint8Array | Signer,
): SignedRecord<Data> | Promise<SignedRecord<Data>>;

/**
 * Returns the record in a signed message of a platform: base58 of a 64-byte signature followed by the JSON text that it
 * signs. The `data` is checked by the rules when the record is put or verified, like any other.
 *
 * @param text base58 of at most 64 bytes and 64 KiB
 * @param publicKey the public key of the signer, base58
 * @throws {ShareError} `BAD_SHAPE` if the text is not base58, or holds no JSON object; `TOO_LARGE` or `TOO_DEEP` if it
 * exceeds a limit; `BAD_KEY` or `UNSUPPORTED_KEY` if `publicKey` cannot be used; `BAD_SIGNATURE` if the signature does not
 * verify, or signs a text that differs from what `JSON.stringify` writes
 * @example
 * const text = new TextEncoder().encode(JSON.stringify({ uuid: "my-page", linktree: [], timestamp: Date.now() }));
 * const message = bs58.encode(nacl.sign(text, secretKey)); // as the platform creates it
 * const record = fromSignedMessage(message, publicKeyOf(secretKey));
 */
export function fromSignedMessage<Data extends object = RecordData>(text: string, publicKey: string): SignedRecord<Data>;

/**
 * Returns the key of a record's slot: the public key, `/`, and the percent-encoded uuid; only the public key if the
 * identity is `"owner"`.
 *
 * @throws {ShareError} `BAD_KEY` or `UNSUPPORTED_KEY` if `publicKey` cannot be used; `BAD_ID` for a uuid that no record may
 * have
 * @example
 * const record = await sharing.get(recordKey(publicKey, uuid));
 */
export function recordKey(publicKey: string, uuid?: string): string;

/** The version of this package. */
export const version: string;
