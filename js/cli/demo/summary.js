// The result of the demo: numbers from the reports of the nodes, and what the demo found in their records.

import { bytes, count, grouped } from "../output.js";

// What each code means in this network, where every peer is known.
const REASONS = {
  BAD_SIGNATURE: "changed after it was signed, or not a signature at all",
  BAD_KEY: "not a key",
  FROM_THE_FUTURE: "dated in the year 9999, to win for ever",
  PEER_UNREACHABLE: "the dead address",
  BAD_BODY: "the hostile peer: a page instead of a list of records",
  BACKING_OFF: "failed a moment ago, and is left alone for a while",
};

/** The counts of every round of every node, summed. */
export function totalsOf(nodes) {
  const reports = nodes.flatMap(({ rounds }) => rounds.map(({ report }) => report));
  const peers = reports.flatMap((report) => report.peers);
  return {
    rounds: reports.length,
    requests: sum(reports, ({ totals }) => totals.requests),
    unchanged: peers.filter(({ outcome }) => outcome === "unchanged").length,
    bytesReceived: sum(reports, ({ totals }) => totals.bytesReceived),
    offered: sum(reports, ({ totals }) => totals.offered),
    verified: sum(reports, ({ totals }) => totals.verified),
    rejected: sumByCode(reports.map(({ totals }) => totals.rejected)),
    failedPeers: sumByCode(peers.filter(({ code }) => code).map(({ code }) => ({ [code]: 1 }))),
  };
}

/** The summary as lines for people. */
export function summaryLines(result, style) {
  const { ok, faults } = result;
  const verdict = ok
    ? agreedLines(result).map((line) => `  ${style.green("✓")} ${line}`)
    : faults.map((fault) => `  ${style.red("✗")} ${fault}`);
  const numbers = numberRows(result).map(([name, text]) => `  ${style.dim(name.padEnd(14))} ${text}`);
  return [...verdict, "", ...numbers];
}

function agreedLines({ nodes, records, digest }) {
  const who = nodes === 1 ? "1 node holds" : `all ${nodes} nodes hold the same`;
  return [
    `${who} ${count(records.expected, "record")}, digest ${digest.slice(0, 12)}`,
    "fetched from each node and checked again: every signature is valid, every edit arrived, nothing is missing",
    "no forged record was stored, and no record was replaced by a stranger's",
    `the hand-written peer pulled all of them from the nodes and verified them itself${onlyThere(records)}`,
  ];
}

// The program of the tutorial accepts every date that is signed.
function onlyThere({ acceptedByLegacyOnly }) {
  return acceptedByLegacyOnly > 0 ? `; it also accepted ${count(acceptedByLegacyOnly, "record")} that no node accepts` : "";
}

function numberRows({ nodes, records, totals, agreement, durationMs }) {
  const rounds = agreement ? `${agreement.rounds} until they agreed, ${agreement.roundsAfterEdits} after the edits; ` : "";
  const [published, edited, unchanged] = [records.published, records.edited, totals.unchanged].map(grouped);
  return [
    ["records", `${published} published on ${count(nodes, "node")}, ${edited} of them edited on another`],
    ["", `${records.legacy} of the hand-written peer`],
    ["", `${records.claims} of the hostile peer: validly signed, with the ids of other records, and kept beside them`],
    ["rounds", `${rounds}${grouped(totals.rounds)} by all nodes together`],
    [
      "received",
      `${bytes(totals.bytesReceived)} in ${count(totals.requests, "request")}, ${unchanged} of them answered "unchanged"`,
    ],
    [
      "verified",
      `${count(totals.verified, "signature")}, for ${count(totals.offered, "record")} offered: held records are not verified again`,
    ],
    ...codeRows("rejected", totals.rejected),
    ...codeRows("peers failed", totals.failedPeers),
    ["took", `${(durationMs / 1000).toFixed(1)} s`],
  ];
}

function codeRows(name, counts) {
  const ranked = Object.entries(counts).sort(([, a], [, b]) => b - a);
  return ranked.map(([code, times], index) => {
    return [index === 0 ? name : "", `${grouped(times).padStart(5)} × ${code.padEnd(17)} ${REASONS[code] ?? ""}`.trimEnd()];
  });
}

function sum(items, valueOf) {
  return items.reduce((total, item) => total + valueOf(item), 0);
}

function sumByCode(counts) {
  const total = {};
  for (const each of counts) for (const [code, times] of Object.entries(each)) total[code] = (total[code] ?? 0) + times;
  return total;
}
