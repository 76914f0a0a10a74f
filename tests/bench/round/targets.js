// What is wanted of dbsharing in a round, and what a run gave.
import { isReached } from "../targets.js";

const own = ({ dbsharing }, name) => dbsharing[name];
const aPeer = ({ dbsharing }, name) => dbsharing[name] / dbsharing.peers;

/** How many times the one's time the other's is, by wall time and by processor time. */
const ratio = (one, other) => (rows) => ({
  value: rows[one].wallMs / rows[other].wallMs,
  byCpu: rows[one].cpuMs / rows[other].cpuMs,
  isRatio: true,
});
const number = (of) => (rows) => ({ value: of(rows) });
const beyondEmptyFetch = (rows) => aPeer(rows, "cpuMs") - rows.empty.cpuMs / rows.empty.peers;

const stall = { what: "longest stall, ms", measure: number((rows) => own(rows, "stallMs")), atMost: 20 };
const compared = (one, other, names) => ({ what: names, needs: [one, other], measure: ratio(one, other) });
const plainOverOwn = { ...compared("plain", "dbsharing", "plain ÷ dbsharing"), atLeast: 3 };
const seedOverOwn = { ...compared("seed", "dbsharing", "original ÷ dbsharing"), atLeast: 100 };
const ownOverPlain = { ...compared("dbsharing", "plain", "dbsharing ÷ plain"), atMost: 0.6 };
const verifications = { what: "verifications", measure: number((rows) => own(rows, "verifications")) };

/** In the order of the scenarios. `needs` are rows beside dbsharing's. */
const WANTED = [
  ...["cold-1", "cold-5", "cold-large"].flatMap((scenario) =>
    [plainOverOwn, seedOverOwn, stall].map((wanted) => ({ scenario, ...wanted })),
  ),
  { scenario: "cold-10", ...verifications, exactly: ({ dbsharing }) => dbsharing.records },
  { scenario: "quiet-etag", what: "bytes a peer", measure: number((rows) => aPeer(rows, "bytes")), atMost: 400 },
  { scenario: "quiet-etag", ...verifications, exactly: () => 0 },
  { scenario: "quiet-etag", what: "store reads", measure: number((rows) => own(rows, "storeReads")), exactly: () => 0 },
  {
    scenario: "quiet-etag",
    what: "CPU ms a peer, beyond an empty fetch",
    needs: ["empty"],
    measure: number(beyondEmptyFetch),
    atMost: 1,
  },
  { scenario: "quiet", ...ownOverPlain },
  { scenario: "edit", ...verifications, exactly: () => 1 },
  { scenario: "edit", ...ownOverPlain },
];

/** All that is wanted of what these rows measured, with the numbers that they gave. */
export function reached(rows) {
  return WANTED.flatMap(({ scenario, what, needs = [], measure, atLeast, atMost, exactly }) => {
    const measured = rows.filter((row) => row.scenario === scenario);
    const ofScenario = Object.fromEntries(measured.map((row) => [row.id, row]));
    if (!["dbsharing", ...needs].every((id) => id in ofScenario)) return [];
    const wanted = { atLeast, atMost, exactly: exactly?.(ofScenario) };
    const got = measure(ofScenario);
    return [{ scenario, what, ...wanted, ...got, reached: isReached(got.value, wanted) }];
  });
}
