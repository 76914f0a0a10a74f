import type { Report } from "./report.js";

/** What a node holds and what it knows about its peers. */
export interface Status {
  /** The number of records held; `undefined` until the database has been read, by `ready()` or otherwise. */
  records: number | undefined;
  /** The number of records dated in the future, which are set aside and judged again when they come due. */
  parked: number;
  /**
   * The digest of all records held, 64 hex digits: two nodes that hold the same records have the same digest. `undefined`
   * until the database has been read.
   */
  digest: string | undefined;
  /** The report of the last round; absent until the first one has ended. */
  lastReport?: Report;
  /** The known peers, each with its failures. */
  peers: PeerStatus[];
}

/** One peer, and whether it is asked at present. */
export interface PeerStatus {
  /** Its base url, normalised, without a trailing slash. */
  url: string;
  /** How many exchanges in a row have failed; 0 if the last one succeeded. */
  failures: number;
  /** When it is asked again: milliseconds since 1970; 0 if it can be asked now. */
  retryAtMs: number;
}
