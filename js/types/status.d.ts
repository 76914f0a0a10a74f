import type { Report } from "./report.js";

/** What a node holds and knows of its peers. */
export interface Status {
  /** Records held; `undefined` until the store has been read, by `ready()` or whatever came first. */
  records: number | undefined;
  /** Records dated in the future, which are kept aside and judged again when they are due. */
  parked: number;
  /**
   * The digest of all that is held, 64 hex digits: two nodes that hold the same have the same. `undefined` until the
   * store has been read.
   */
  digest: string | undefined;
  /** The report of the last round; absent before the first one ended. */
  lastReport?: Report;
  /** The peers that are known, and how each fares. */
  peers: PeerStatus[];
}

/** How one peer fares. */
export interface PeerStatus {
  /** Its base url, normalised, without a trailing slash. */
  url: string;
  /** How many exchanges in a row have failed; 0 where the last one succeeded. */
  failures: number;
  /** When it is asked again: milliseconds since 1970, 0 where it need not be waited for. */
  retryAtMs: number;
}
