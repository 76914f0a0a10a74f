import type { RejectionCode, ShareCode, StoreCode } from "./codes.js";
import type { AcceptedVerdict, SignedRecord } from "./record.js";

/** The result for a record that was stored. */
export interface StoredResult extends AcceptedVerdict {
  stored: true;
  /** Never present; declared so that `const { stored, code, message } = result` has a type for every outcome. */
  code?: undefined;
  message?: undefined;
}

/** The result for a good record that was not stored, because its slot holds this version or a greater one. */
export interface StaleResult extends AcceptedVerdict {
  stored: false;
  why: "STALE";
  /** Never present; `why` has the reason. */
  code?: undefined;
  /** The version that is held: equal to `version` if this very record is held, otherwise greater. */
  heldVersion: string;
  /** The reason in one sentence. */
  message: string;
}

/** The result for a record that breaks a rule, or that the database did not store. */
export interface RefusedResult {
  ok: false;
  stored: false;
  /** The code of the rule that the record breaks, or of what the database did. */
  code: ShareCode;
  /** What is wrong, in one sentence. */
  message: string;
  /** Present exactly if `data` is an object within the limits of size and depth. */
  signedText?: string;
}

/**
 * What became of one record: the result of `put`, `putMany` and `update`, and, as JSON, the response to a `POST`.
 *
 * @example
 * const result = await sharing.put(record);
 * if (result.stored) console.log(`stored as ${result.key}`);
 * else if (result.ok) console.log(result.heldVersion === result.version ? "held already" : "a newer one is held");
 * else console.log(`${result.code}: ${result.message}`);
 */
export type PutResult = StoredResult | StaleResult | RefusedResult;

/** Data for `update`, which sets the `timestamp`. */
export type UndatedData<Data extends object> = Data extends unknown
  ? Omit<Data, "timestamp"> & { uuid: string; timestamp?: number | undefined }
  : never;

/** What became of an update, with the record that was signed, which can be passed to `publish`. */
export type UpdateResult<Data extends object = any> =
  | ((StoredResult | StaleResult) & {
      /** The signed record. */
      record: SignedRecord<Data>;
    })
  | (RefusedResult & {
      /** The signed record; absent if nothing was signed. */
      record?: SignedRecord<Data>;
    });

/**
 * What became of a record at one peer that it was sent to, in the form of {@link PutResult}. From a peer that does not
 * answer in this form, such as a task's own server, any 2xx status counts as stored, with two exceptions, which are
 * `PEER_STATUS`: a page (a text that begins with `<`), and a JSON object in which `ok`, `success` or `stored` is `false`, or
 * which has an `error` while none of these is `true`.
 */
export type PublishResult = {
  /** The peer's base url, normalised, without a trailing slash; empty if no node could be asked. */
  url: string;
  /** The HTTP status of its response; absent if there was none. */
  httpStatus?: number;
} & (
  | StoredResult
  | RefusedResult
  | (Omit<StaleResult, "heldVersion"> & {
      /** The version that the peer holds; absent if the peer does not tell, like version 0.1.0. */
      heldVersion?: string;
    })
);

/** Which records `records` returns: those that match every given field. */
export interface RecordFilter {
  /** Only records of this public key, base58. */
  publicKey?: string | undefined;
  /** Only records whose key begins with this text: see `recordKey`. */
  prefix?: string | undefined;
  /** Only records with a greater key. To read the next page, pass the last key of this one. */
  after?: string | undefined;
  /** The most records to return: an integer from 0 to 2^53 - 1. Default: all. */
  limit?: number | undefined;
}

/** Which nodes `publish` sends a record to. */
export interface PublishOptions {
  /**
   * The base url or urls of nodes. Default: peers that this node knows, chosen at random, until three of them hold the
   * record. Nodes at private and loopback addresses are allowed unless option `allowPrivateNetworks` is `false`. Nodes at
   * link-local, metadata, multicast and unspecified addresses (`0.0.0.0`, `::`) are never allowed: `ADDRESS_REFUSED`.
   */
  to?: string | readonly string[] | undefined;
}

/** An item from a peer that a rule or the database rejected. */
export interface RejectedItem {
  /** The peer's base url. */
  url: string;
  /** The key of its slot, if the item has one; see `recordKey`. */
  key?: string;
  /** The code of the first rule that it breaks, or of what the database did. */
  code: RejectionCode | StoreCode;
  /** The reason in one sentence. */
  message: string;
}

/** How far a long load or round has come. A round reports both `"peers"` and `"records"` each second, one after the other. */
export interface Progress {
  /** What is counted: entries read from the database, peers finished, or records judged in this round. */
  phase: "load" | "peers" | "records";
  /** The count so far. */
  done: number;
  /** The final count, if it is known; for `"peers"`, the number of peers asked. */
  total?: number;
}
