/** Why one record is rejected. Nothing else is affected. */
export type RejectionCode =
  /** It does not have the shape `{ data, publicKey, signature }`, bare or as the `value` of an item. */
  | "BAD_SHAPE"
  /** The item is longer than 1 MiB, or its signed text longer than 64 KiB. */
  | "TOO_LARGE"
  /** `data` is nested more than 128 deep. */
  | "TOO_DEEP"
  /** `data.uuid` is not a non-empty string of at most 256 bytes of canonical text. */
  | "BAD_ID"
  /** `data.timestamp` is not an integer from 0 to 2^53 - 1, milliseconds. */
  | "BAD_TIMESTAMP"
  /** `publicKey` is not base58 of a usable ed25519 key. */
  | "BAD_KEY"
  /** `publicKey` is not an ed25519 key but an Ethereum address. */
  | "UNSUPPORTED_KEY"
  /** `signature` is not a signature of `JSON.stringify(data)` by `publicKey`. */
  | "BAD_SIGNATURE"
  /** `data.timestamp` is more than 10 minutes ahead. The record is judged again when it comes due. */
  | "FROM_THE_FUTURE"
  /** The task's own `accept` did not return `true`. */
  | "NOT_ACCEPTED"
  /** This node already holds `maxRecords` records. */
  | "STORE_FULL"
  /** The record would harm the task's database, or be damaged by it: NeDB with certain characters or field names. */
  | "STORE_UNSAFE"
  /**
   * The task's database refuses this record and accepts others: a constraint, or a text that its encoding cannot hold. The
   * record is tried again after 20 seconds; the wait doubles each time, up to 10 minutes.
   */
  | "STORE_REFUSED";

/** Why a round had no node list, or did nothing. */
export type RoundCode =
  /** There is no `taskId`: the task runs off-node. */
  | "NO_TASK_ID"
  /** The service did not answer. */
  | "SERVICE_UNREACHABLE"
  /** The service answered with an HTTP status other than 200. */
  | "SERVICE_STATUS"
  /** The service's answer is not a node list. */
  | "SERVICE_BAD_BODY"
  /** The task's own `peers` threw, returned no urls, or did not answer in time. */
  | "PEERS_FAILED";

/** Why less than everything was received from one peer. The good records that came before are kept. */
export type PeerCode =
  /** There was no connection, or it broke before a response came. */
  | "PEER_UNREACHABLE"
  /** The whole exchange took longer than `peerTimeoutMs`, or than the longer deadline that it was given afterwards. */
  | "PEER_TIMEOUT"
  /**
   * Not a failure: it timed out before, and is being asked with a longer deadline alongside the rounds. The exchange counts
   * in the report of the round in which it ends.
   */
  | "PEER_SLOW"
  /**
   * It answered with an HTTP status that is not a success and not 304, 404 or 422. For `publish`, also a success status whose
   * body is a page or an error.
   */
  | "PEER_STATUS"
  /** 422: its task has been stopped. */
  | "PEER_STOPPED"
  /** It answered with a redirect. Redirects are never followed. */
  | "PEER_REDIRECTED"
  /** Its url leads to an address that this node does not ask: see `allowPrivateNetworks`. */
  | "ADDRESS_REFUSED"
  /** It failed, or had no records, several times in a row, and is not asked for a while. */
  | "BACKING_OFF"
  /** Not a failure: it has another `identity` than this node, so its whole body is read instead of what differs. */
  | "PEER_DIFFERS"
  /** Its body is not a JSON array, or begins like one of symbols and is not the one that was asked for. */
  | "BAD_BODY"
  /**
   * Its body ended before its array did. Or more than 64 MiB of all bodies together waited to be judged, and this body had the
   * largest share: then the peer is not at fault, and the next round continues where this one stopped.
   */
  | "BODY_CUT"
  /** The bodies of one exchange with it are longer than `maxBodyBytes`. */
  | "BODY_TOO_LARGE"
  /** The bodies of one exchange with it have more than `maxItems` items. */
  | "TOO_MANY_ITEMS"
  /** More than `maxRejected` of its signatures failed. */
  | "TOO_MANY_REJECTED";

/** Why the database did not do what it was asked to do. */
export type StoreCode =
  /** It threw, rejected, or returned something that breaks its contract. */
  | "STORE_FAILED"
  /** One call took longer than `storeTimeoutMs`. */
  | "STORE_TIMEOUT"
  /** It acknowledged a write but does not hold the record. */
  | "STORE_DROPPED"
  /** It was written with the other `identity`, so its keys name other slots. The message names both. */
  | "IDENTITY_MISMATCH";

/** Why a request to this node failed; a rejected record has its own codes. */
export type AnswerCode =
  /** 404: nothing is served at this path. */
  | "NOT_FOUND"
  /** 429: too many bodies are under way; the response says when to ask again. */
  | "TOO_BUSY"
  /** 400: the query of `/symbols` or `/records` has another form; the message says what was wrong and what was wanted. */
  | "BAD_QUERY"
  /** 400: something before `nodeHandler` read the body and left nothing in `req.body`. */
  | "BODY_UNREADABLE";

/** Every code that a report, a verdict or an error can carry. Codes are stable: their meaning never changes. */
export type ShareCode =
  | RejectionCode
  | RoundCode
  | PeerCode
  | StoreCode
  | AnswerCode
  /** The round, or a request of `publish`, was ended by `stop()` or by the `signal`. */
  | "ABORTED"
  /** The signer given to `update` or `signRecord` threw or rejected; the message is the signer's. */
  | "SIGNER_FAILED"
  /** A fault of dbsharing itself. The round ends and the next one starts afresh; the process is not affected. */
  | "INTERNAL"
  /** An option or an argument is wrong or unknown. */
  | "OPTION_INVALID"
  /** This runtime lacks something essential, such as timers or TextDecoder. */
  | "RUNTIME_UNSUPPORTED"
  /** This runtime has no WebAssembly or forbids it, or the file given to `init` of `dbsharing/slim` could not be read. */
  | "WASM_UNAVAILABLE"
  /** What was given to `init` of `dbsharing/slim` is not the complete wasm of this version. */
  | "WASM_INVALID"
  /** `dbsharing/slim` was used before its `init` had resolved. */
  | "NOT_INITIALISED"
  /** The command line needs a database driver that is not installed. */
  | "MISSING_DRIVER";

/**
 * What the functions of this package throw: an `Error` with a stable code. This is only a type, not a class: the `name` is
 * `"DbSharingError"`, or, with the code `OPTION_INVALID`, also `"TypeError"` or `"RangeError"`.
 */
export interface ShareError extends Error {
  /** What went wrong. */
  readonly code: ShareCode;
}
