import type { RejectionCode, ShareCode, StoreCode } from "./codes.js";

/** The counts of one peer, or of all peers of a round. `offered` = known + inserted + replaced + kept + all rejected. */
export interface Counts {
  /** HTTP requests sent. */
  requests: number;
  /** Bytes of bodies received, after decompression. */
  bytesReceived: number;
  /** Items read, and records from this peer that had been set aside and came due in this round. */
  offered: number;
  /** Items that this node already held; no signature was checked for them. */
  known: number;
  /** Signatures checked. */
  verified: number;
  /** Records stored in an empty slot. */
  inserted: number;
  /** Records stored in place of an older one. */
  replaced: number;
  /** Good records that are older than the one held. */
  kept: number;
  /** Items that were not stored, counted by the code of the first rule that they break, or of what the database did. */
  rejected: { [code in RejectionCode | StoreCode]?: number };
}

/** What became of one peer in a round. */
export interface PeerReport extends Counts {
  /** The peer's base url, normalised, without a trailing slash. */
  url: string;
  /**
   * `"synced"`: it was read to the end: all its records, or what differs. `"unchanged"`: it answered 304, so it has the same
   * records as this node, or nothing has changed there since the last time.
   * `"empty"`: it has no records. `"failed"`: see `code`; the good records that came before the failure are kept.
   * `"skipped"`: it was not asked, or, with the code `PEER_SLOW`, it is still being asked, and the report of the round in
   * which that ends has its counts.
   */
  outcome: "unchanged" | "synced" | "empty" | "failed" | "skipped";
  /**
   * How it was found out what it has that this node does not. `"tag"`: it answered 304. `"symbols"`: by short sums over its
   * records, so that only what differs was read. `"body"`: all its records were read. Absent if nothing was.
   */
  by?: "tag" | "symbols" | "body";
  /**
   * In how many ids (of four bytes, by which symbols name records) its records differed from this node's when it was asked,
   * whichever side has the newer ones. Absent unless its symbols told that.
   */
  differs?: number;
  /** Why it failed or was skipped; or `PEER_DIFFERS`, whatever the outcome. */
  code?: ShareCode;
  /** The reason in one sentence. */
  message?: string;
  /** The HTTP status of its last response. */
  httpStatus?: number;
  /**
   * Milliseconds from the first request to the last write; for a slow peer this may be longer than the round. In each round
   * one peer is asked once more when all were asked, to find what its sums may hide: that counts in `requests`, not here.
   */
  durationMs: number;
}

/** What one round did. */
export interface Report {
  /**
   * Whether the node list was read (unless there is no service) and no call of the database failed. Failed peers do not
   * make it `false`.
   */
  ok: boolean;
  /** Why `ok` is `false`. */
  error?: { code: ShareCode; message: string };
  /** When the round began, by this node's clock: milliseconds since 1970. */
  startedAtMs: number;
  /** How long the round took, in milliseconds. */
  durationMs: number;
  /**
   * One entry for each peer that was asked or skipped. A record dated in the future that comes due in this round counts for
   * the peer that offered it; if that peer is no longer listed, its entry is `"skipped"`.
   */
  peers: PeerReport[];
  /** The counts of all peers, summed. */
  totals: Counts;
}
