/** Why one record is skipped. Nothing else is affected by it. */
export type RejectionCode =
  /** It is not of the shape `{ data, publicKey, signature }`, bare or as the `value` of an item. */
  | "BAD_SHAPE"
  /** The item is longer than 1 MiB, or its signed text longer than 64 KiB. */
  | "TOO_LARGE"
  /** `data` is nested more than 128 deep. */
  | "TOO_DEEP"
  /** `data.uuid` is not a non-empty string of at most 256 bytes of canonical text. */
  | "BAD_ID"
  /** `data.timestamp` is not an integer from 0 to 2^53 - 1, milliseconds. */
  | "BAD_TIMESTAMP"
  /** `publicKey` is not base58 of an ed25519 key that can be used. */
  | "BAD_KEY"
  /** `publicKey` is of another kind than ed25519: an Ethereum address. */
  | "UNSUPPORTED_KEY"
  /** `signature` is not a signature of `JSON.stringify(data)` by `publicKey`. */
  | "BAD_SIGNATURE"
  /** `data.timestamp` is more than 10 minutes ahead. The record is judged again when it is due. */
  | "FROM_THE_FUTURE"
  /** The task's own `accept` did not agree. */
  | "NOT_ACCEPTED"
  /** This node holds `maxRecords` records. */
  | "STORE_FULL"
  /** The task's database would damage the record or itself: NeDB and certain characters or field names. */
  | "STORE_UNSAFE"
  /**
   * The task's database refuses this record and takes others: a constraint, a text that its encoding cannot hold. It is
   * tried again after 20 s, then after twice as long each time, up to 10 minutes.
   */
  | "STORE_REFUSED";

/** Why a round had no node list, or did nothing. */
export type RoundCode =
  /** There is no `taskId`: the task runs off-node. */
  | "NO_TASK_ID"
  /** The service did not answer. */
  | "SERVICE_UNREACHABLE"
  /** The service answered with another HTTP status than 200. */
  | "SERVICE_STATUS"
  /** The service's answer is no node list. */
  | "SERVICE_BAD_BODY"
  /** The task's own `peers` threw, gave no urls, or did not answer in time. */
  | "PEERS_FAILED";

/** Why one peer gave less than all it has. What was good until then is kept. */
export type PeerCode =
  /** No connection, or it broke before an answer came. */
  | "PEER_UNREACHABLE"
  /** The whole exchange took longer than `peerTimeoutMs`, or than the longer deadline that it was given after that. */
  | "PEER_TIMEOUT"
  /**
   * No fault: it took too long before, and is being asked with a longer deadline beside the rounds. What it gives counts
   * in the report of the round in which that ends.
   */
  | "PEER_SLOW"
  /**
   * It answered with an HTTP status that is neither a success nor 304, 404 or 422; to `publish` with a success, and a page
   * or an error as its body.
   */
  | "PEER_STATUS"
  /** 422: its task has been stopped. */
  | "PEER_STOPPED"
  /** It answered with a redirect. These are never followed. */
  | "PEER_REDIRECTED"
  /** Its url points where this node does not go: see `allowPrivateNetworks`. */
  | "ADDRESS_REFUSED"
  /** It failed, or had nothing, often in a row and is left alone for a while. */
  | "BACKING_OFF"
  /** Its body is not a JSON array. */
  | "BAD_BODY"
  /**
   * Its body ended before its array did; or more than 64 MiB of all bodies waited to be judged, and of this one most: then
   * it is no fault of the peer, and the next round reads on.
   */
  | "BODY_CUT"
  /** Its body is longer than `maxBodyBytes`. */
  | "BODY_TOO_LARGE"
  /** Its body has more than `maxItems` items. */
  | "TOO_MANY_ITEMS"
  /** More than `maxRejected` of its signatures did not verify. */
  | "TOO_MANY_REJECTED";

/** Why the database did not do what it was asked. */
export type StoreCode =
  /** It threw, rejected, or answered with something else than its contract says. */
  | "STORE_FAILED"
  /** One call took longer than `storeTimeoutMs`. */
  | "STORE_TIMEOUT"
  /** It acknowledged a write and does not hold it. */
  | "STORE_DROPPED"
  /** It was written with the other option `identity`: its keys are names of other slots. The message names both. */
  | "IDENTITY_MISMATCH";

/** Why a request to this node was not answered with what it asked for; beside the codes of a record that is refused. */
export type AnswerCode =
  /** 404: nothing is served at this path. */
  | "NOT_FOUND"
  /** 429: more bodies are under way than are bounded; the answer says when to ask again. */
  | "TOO_BUSY"
  /** 400: something before `nodeHandler` has read the body, and left nothing in `req.body`. */
  | "BODY_UNREADABLE";

/** Every code that a report, a verdict or an error can carry. Codes are stable: they never change their meaning. */
export type ShareCode =
  | RejectionCode
  | RoundCode
  | PeerCode
  | StoreCode
  | AnswerCode
  /** The round, or what `publish` waited for, was ended by `stop()` or by the `signal`. */
  | "ABORTED"
  /** The signer given to `update` or `signRecord` threw or rejected; the message is its own. */
  | "SIGNER_FAILED"
  /** A fault of dbsharing itself. The round ends, the next one starts afresh, the process is not touched. */
  | "INTERNAL"
  /** An option or an argument is wrong or unknown. */
  | "OPTION_INVALID"
  /** This runtime lacks what nothing can be done without, such as timers or TextDecoder. */
  | "RUNTIME_UNSUPPORTED"
  /** This runtime has no WebAssembly or forbids it, or the file given to `init` of `dbsharing/slim` could not be read. */
  | "WASM_UNAVAILABLE"
  /** What was given to `init` of `dbsharing/slim` is not the wasm of this version, whole. */
  | "WASM_INVALID"
  /** `dbsharing/slim` was used before its `init` had settled. */
  | "NOT_INITIALISED"
  /** The command line needs a database driver that is not installed. */
  | "MISSING_DRIVER";

/**
 * What the functions of this package throw: an `Error` with a stable code. It is a type alone, not a class: the `name` is
 * `"DbSharingError"`, or with the code `OPTION_INVALID` also `"TypeError"` or `"RangeError"`.
 */
export interface ShareError extends Error {
  readonly code: ShareCode;
}
