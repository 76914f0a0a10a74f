// The words about a round: the outcomes of the peers, and whose records were rejected.

import { codeCounts, count } from "./output.js";
import { firstOf, isOwnFault, isRefused, isSlow, sentenceAbout, servesNothing } from "./peer-changes.js";
import { shownUrl } from "./library-words.js";

const REJECTED_NAMED = 3;
const DETAILS = 100; // lines about peers at the level debug

/** The first of these that is true for a peer names its outcome. */
const OUTCOMES = [
  [isRefused, "not asked"],
  [isSlow, "still being asked"],
  [({ outcome }) => outcome === "skipped", "left alone"],
  [isOwnFault, "not read"],
  [({ outcome }) => outcome === "failed", "failed"],
  [servesNothing, "without records"],
  [() => true, "ok"],
];

/** The peers counted by outcome: `4 peers ok, 1 failed`. */
export function peersIn({ peers }) {
  if (peers.length === 0) return "no other nodes yet";
  const counts = Object.fromEntries(OUTCOMES.map(([, words]) => [words, 0]).reverse());
  for (const peer of peers) counts[OUTCOMES.find(([isIt]) => isIt(peer))[1]] += 1;
  const { ok, ...others } = counts;
  const odd = Object.entries(others)
    .filter(([, times]) => times > 0)
    .map(([words, times]) => `${times} ${words}`);
  return [`${count(ok, "peer")} ok`, ...odd].join(", ");
}

/** What was rejected, and of which peers: `rejected BAD_KEY 2 from http://a`; undefined if nothing was. */
export function rejectedIn({ peers, totals }) {
  if (Object.keys(totals.rejected).length === 0) return undefined;
  const sources = peers.filter(({ rejected }) => Object.keys(rejected).length > 0);
  const named = firstOf(sources, ({ url }) => shownUrl(url), REJECTED_NAMED).join(", ");
  return `rejected ${codeCounts(totals.rejected)}${named && ` from ${named}`}`;
}

/** A sentence for each peer that gave nothing. */
export function detailsOf({ peers }) {
  const odd = peers.filter(({ outcome }) => ["failed", "skipped", "empty"].includes(outcome));
  return firstOf(odd, detailOf, DETAILS);
}

function detailOf(peer) {
  if (peer.code !== undefined) return `${peer.outcome} ${sentenceAbout(peer)}`;
  const status = peer.httpStatus === undefined ? "" : ` (HTTP ${peer.httpStatus})`;
  return `${peer.outcome} ${shownUrl(peer.url)}${peer.outcome === "empty" ? `: it has no records${status}` : ""}`;
}
