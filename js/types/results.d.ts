import type { RejectionCode, ShareCode, StoreCode } from "./codes.js";
import type { AcceptedVerdict, SignedRecord } from "./record.js";

/** A record that is in the database now. */
export interface StoredResult extends AcceptedVerdict {
  stored: true;
  /** Never there: so `const { stored, code, message } = result` is typed for every outcome. */
  code?: undefined;
  message?: undefined;
}

/** A good record that was not stored, because this version of it or a greater one is held in its slot. */
export interface StaleResult extends AcceptedVerdict {
  stored: false;
  why: "STALE";
  /** Never there; `why` says what it is. */
  code?: undefined;
  /** The version that is held: equal to `version` where this very record is, else greater. */
  heldVersion: string;
  /** The same in a sentence. */
  message: string;
}

/** A record that a rule or the database refuses. */
export interface RefusedResult {
  ok: false;
  stored: false;
  /** The rule that refuses the record, or what the database did. */
  code: ShareCode;
  /** What is wrong, in a sentence. */
  message: string;
  /** There exactly when `data` is an object within the limits of size and depth. */
  signedText?: string;
}

/**
 * What became of one record: of `put`, `putMany` and `update`, and as JSON of a `POST`.
 *
 * @example
 * const result = await sharing.put(record);
 * if (result.stored) console.log(`stored as ${result.key}`);
 * else if (result.ok) console.log(result.heldVersion === result.version ? "held already" : "a newer one is held");
 * else console.log(`${result.code}: ${result.message}`);
 */
export type PutResult = StoredResult | StaleResult | RefusedResult;

/** Data that `update` sets the `timestamp` of. */
export type UndatedData<Data extends object> = Data extends unknown
  ? Omit<Data, "timestamp"> & { uuid: string; timestamp?: number | undefined }
  : never;

/** What became of an update, with the record that was signed for it: it can be given to `publish`. */
export type UpdateResult<Data extends object = any> =
  | ((StoredResult | StaleResult) & { record: SignedRecord<Data> })
  | (RefusedResult & {
      /** Absent where nothing was signed. */
      record?: SignedRecord<Data>;
    });

/**
 * What one peer says of a record that was sent to it, in the terms of {@link PutResult}. Of a peer that does not speak
 * them, as a task's own server, every status of success says that it is stored, but for a page (a text that begins with
 * `<`), and for an object of JSON in which `ok`, `success` or `stored` is `false`, or which has an `error` and none of
 * these is `true`: that is `PEER_STATUS`.
 */
export type PublishResult = {
  /** The peer's base url, normalised, without a trailing slash; empty where nobody could be asked. */
  url: string;
  /** The status of its answer; absent where it gave none. */
  httpStatus?: number;
} & (
  | StoredResult
  | RefusedResult
  | (Omit<StaleResult, "heldVersion"> & {
      /** Absent where the peer does not say it, as one of version 0.1.0. */
      heldVersion?: string;
    })
);

/** Which records `records` gives; all of these hold of each. */
export interface RecordFilter {
  /** Those of this key, base58. */
  publicKey?: string | undefined;
  /** Those whose key begins with this text: see `recordKey`. */
  prefix?: string | undefined;
  /** Those whose key is greater: with the last key of one page the next one begins. */
  after?: string | undefined;
  /** The most that are given: an integer from 0 to 2^53 - 1. Default: all. */
  limit?: number | undefined;
}

/** Which nodes `publish` sends a record to. */
export interface PublishOptions {
  /**
   * The base url or urls of nodes. Default: peers that this node knows, at random, until three of them hold the record.
   * Those at private and loopback addresses are sent to unless option `allowPrivateNetworks` is `false`; link-local,
   * metadata, multicast and unspecified addresses (`0.0.0.0`, `::`) never are: `ADDRESS_REFUSED`.
   */
  to?: string | readonly string[] | undefined;
}

/** An item of a peer that a rule or the database refused. */
export interface RejectedItem {
  /** The peer's base url. */
  url: string;
  /** Its slot, as far as the item says which one; see `recordKey`. */
  key?: string;
  /** The first rule that it fails, or what the database did. */
  code: RejectionCode | StoreCode;
  /** The same in a sentence. */
  message: string;
}

/** How far a long load or round has come. Of a round come both `"peers"` and `"records"`, one after the other, each second. */
export interface Progress {
  /** What is counted: entries of the database read, peers finished, or records judged in this round. */
  phase: "load" | "peers" | "records";
  /** How many so far. */
  done: number;
  /** Out of how many, where that is known: for `"peers"` those that are asked. */
  total?: number;
}
