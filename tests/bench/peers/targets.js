// What is wanted of dbsharing beside the other contenders, and what a run measured.
import { isReached } from "../wanted.js";
import { scenarios } from "./scenarios.js";

/** The figure of a row over that of another; the same by processor time, where it is a time. */
const ratio = (one, other, name) => (rows) => ({
  value: rows[one][name] / rows[other][name],
  ...(name === "wallMs" && { byCpu: rows[one].cpuMs / rows[other].cpuMs }),
  isRatio: true,
});

/** How many times longer another contender takes. */
const before = (scenario, rival, atLeast) => ({
  ...{ scenario, what: `time, ${rival} ÷ dbsharing`, needs: ["dbsharing", rival], atLeast },
  measure: ratio(rival, "dbsharing", "wallMs"),
});

/** The time or the bytes of dbsharing over those of PouchDB. */
const beside = (scenario, [what, name], atMost) => ({
  ...{ scenario, what: `${what}, dbsharing ÷ pouchdb`, needs: ["dbsharing", "pouchdb"], atMost },
  measure: ratio("dbsharing", "pouchdb", name),
});

const TIME = ["time", "wallMs"];
const BYTES = ["bytes", "bytes"];

const longestStall = (scenario) => ({
  ...{ scenario, what: "longest stall, ms", needs: ["dbsharing"], atMost: 20 },
  measure: ({ dbsharing }) => ({ value: dbsharing.stallMs }),
});

const WANTED = [
  before("first", "pouchdb", 1.6),
  before("first", "pouchdb-verified", 2.5),
  before("quiet", "pouchdb", 2),
  beside("edit", TIME, 1),
  beside("edit", BYTES, 0.5),
  beside("both", TIME, 1),
  beside("both", BYTES, 1),
  beside("turns", TIME, 1),
  beside("turns", BYTES, 1),
  ...scenarios.map(({ id }) => longestStall(id)),
];

/** Everything that is wanted of what these rows measured, with their figures. */
export function reached(rows) {
  return WANTED.flatMap(({ scenario, what, needs, measure, ...wanted }) => {
    const ofScenario = Object.fromEntries(rows.filter((row) => row.scenario === scenario).map((row) => [row.id, row]));
    if (!needs.every((id) => id in ofScenario)) return [];
    const got = measure(ofScenario);
    return [{ scenario, what, ...wanted, ...got, reached: isReached(got.value, wanted) }];
  });
}
