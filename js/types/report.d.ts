import type { RejectionCode, ShareCode, StoreCode } from "./codes.js";

/** Counts of one peer, or of all peers of a round. `offered` = known + inserted + replaced + kept + all rejected. */
export interface Counts {
  /** HTTP requests sent. */
  requests: number;
  /** Bytes of bodies, after decompression. */
  bytesReceived: number;
  /** Items read, and records that were kept aside until they fell due in this round. */
  offered: number;
  /** Items that this node held already: nothing was verified for them. */
  known: number;
  /** Signatures checked. */
  verified: number;
  /** Records stored that were new here. */
  inserted: number;
  /** Records stored in the place of an older one. */
  replaced: number;
  /** Good records that are older than what is held. */
  kept: number;
  /** Items that are not held, by the code of the first rule that they fail, or of what the database did. */
  rejected: { [code in RejectionCode | StoreCode]?: number };
}

/** What became of one peer in a round. */
export interface PeerReport extends Counts {
  /** The peer's base url, normalised, without a trailing slash. */
  url: string;
  /**
   * `"synced"`: its body was read to its end. `"unchanged"`: it said, with 304, that nothing changed since then.
   * `"empty"`: it has no records. `"failed"`: see `code`; what was good until then is kept. `"skipped"`: not asked, or,
   * with the code `PEER_SLOW`, still being asked: its entry comes with the report of the round in which that ends.
   */
  outcome: "unchanged" | "synced" | "empty" | "failed" | "skipped";
  /** Why it failed or was skipped. */
  code?: ShareCode;
  /** The same in a sentence. */
  message?: string;
  /** The status of its last answer. */
  httpStatus?: number;
  /** From the first request to the last write, milliseconds; of a slow peer that may be more than the round took. */
  durationMs: number;
}

/** What one round did. */
export interface Report {
  /**
   * Whether the node list was read, unless there is no service, and no call of the database failed. Failed peers do not
   * change it.
   */
  ok: boolean;
  /** Why it is not ok. */
  error?: { code: ShareCode; message: string };
  /** When the round began, by the clock of this node: milliseconds since 1970. */
  startedAtMs: number;
  /** How long it took, milliseconds. */
  durationMs: number;
  /**
   * One entry for every peer that was asked or passed over. A record that was dated in the future and falls due in this
   * round counts for the peer that offered it; where that peer is not listed any more, the entry says `"skipped"`.
   */
  peers: PeerReport[];
  /** The counts of all peers, summed. */
  totals: Counts;
}
