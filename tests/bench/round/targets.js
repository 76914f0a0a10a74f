// What is wanted of dbsharing in a round, and what a run gave.
import { RELEASED } from "../packages.js";
import { NO_SLOWER, isReached, slowerBy } from "../wanted.js";
import { released } from "./contenders.js";
import { databases } from "./databases.js";
import { scenarios } from "./scenarios.js";
import { overHttpName } from "./serving.js";

const own = ({ dbsharing }, name) => dbsharing[name];
const aPeer = ({ dbsharing }, name) => dbsharing[name] / dbsharing.peers;

/** How many times the one's time the other's is, by wall time and by processor time. */
const ratio =
  (one, other, [wall, cpu] = ["wallMs", "cpuMs"]) =>
  (rows) => ({
    value: rows[one][wall] / rows[other][wall],
    byCpu: rows[one][cpu] / rows[other][cpu],
    isRatio: true,
  });
const number = (of) => (rows) => ({ value: of(rows) });
const beyondEmptyFetch = (rows) => aPeer(rows, "cpuMs") - rows.empty.cpuMs / rows.empty.peers;

const stall = { what: "longest stall, ms", measure: number((rows) => own(rows, "stallMs")), atMost: 20 };
const compared = (one, other, what) => ({ what, needs: [one, other], measure: ratio(one, other) });
const plainOverOwn = { ...compared("plain", "dbsharing", "plain ÷ dbsharing"), atLeast: 3 };
const seedOverOwn = { ...compared("seed", "dbsharing", "original ÷ dbsharing"), atLeast: 100 };
const ownOverPlain = { ...compared("dbsharing", "plain", "dbsharing ÷ plain"), atMost: 0.6 };

/** Of a task's own database: what is wanted beside a memory store, and beside plain JavaScript. */
const overMap = (id, name) => {
  const beside = (what, atMost) => ({ ...compared(id, "dbsharing", `${name} ÷ memory: ${what}`), atMost });
  const before = (what, rival, atLeast) => ({ ...compared(rival, id, `plain ÷ ${name}: ${what}`), atLeast });
  const longest = { what: `${name}: longest stall, ms`, needs: [id], measure: number((rows) => rows[id].stallMs), atMost: 20 };
  const edit = id === "over-map" ? { ...beside("one edit", 1.5), measure: beyondReads(id) } : beside("one edit", 1.2);
  return [
    { scenario: "cold-1", ...beside("first", 1.3) },
    { scenario: "cold-1", ...before("first, keys from DER", "plain-der", 2.5) },
    { scenario: "cold-1", ...longest },
    { scenario: "edit", ...edit },
    { scenario: "edit", ...before("one edit", "plain", 1.2) },
    { scenario: "edit", ...longest },
    { scenario: "quiet", ...beside("quiet", 1.05) },
    { scenario: "quiet", ...before("quiet", "plain", 1.5) },
    { scenario: "quiet", ...longest },
  ];
};

/** What the database's own `getAll` takes, twice, is the task's. */
function beyondReads(id) {
  return (rows) => {
    const ratioOf = (name) => (rows[id][name] - rows[id].storeReadsMs) / rows.dbsharing[name];
    return { value: ratioOf("wallMs"), byCpu: ratioOf("cpuMs"), isRatio: true };
  };
}

const verifications = { what: "verifications", measure: number((rows) => own(rows, "verifications")) };

/** Short only where noise does not explain it. `times` are the names of a wall time and of a processor time. */
const noSlower = (one, other, what, times = ["wallMs", "cpuMs"]) => ({
  what,
  needs: [one, other],
  measure: (rows) => ({
    ...ratio(one, other, times)(rows),
    shortBy: slowerBy(timesOf(rows[one], times), timesOf(rows[other], times)),
    turns: Math.min(rows[one].turns, rows[other].turns),
  }),
  ...NO_SLOWER,
});

function timesOf(row, [wall, cpu]) {
  const measure = (name) => ({ median: row[name], spread: row.spreads[name] });
  return { wall: measure(wall), cpu: measure(cpu) };
}

const ROUNDS = scenarios.filter(({ kind }) => kind !== "serving").map(({ id }) => id);

/** Of one database: what is wanted of a node that serves from it. */
const servingFrom = (id) =>
  Object.entries({ "in process": (name) => name, "over HTTP": overHttpName }).flatMap(([way, named]) => {
    const where = `${databases[id].name}, ${way}`;
    const longest = number((rows) => rows[id][named("stallMs")]);
    return [
      { what: `${where}: longest stall, ms`, needs: [id], measure: longest, atMost: 10 },
      noSlower(id, released(id), `${where}: no slower than ${RELEASED}`, [named("wallMs"), named("cpuMs")]),
    ];
  });

/** In the order of the scenarios. `needs` are the rows that have to be there. */
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
    needs: ["dbsharing", "empty"],
    measure: number(beyondEmptyFetch),
    atMost: 1,
  },
  { scenario: "quiet", ...ownOverPlain },
  { scenario: "edit", ...verifications, exactly: () => 1 },
  { scenario: "edit", ...ownOverPlain },
  { scenario: "fresh", ...stall },
  ...overMap("over-map", "{ getAll, put }"),
  ...overMap("over-map-get", "{ get, getAll, put }"),
  ...ROUNDS.map((scenario) => ({ scenario, ...noSlower("dbsharing", RELEASED, `no slower than ${RELEASED}`) })),
  ...Object.keys(databases).flatMap((id) => servingFrom(id).map((wanted) => ({ scenario: "serving", ...wanted }))),
];

/** All that is wanted of what these rows measured, with the numbers that they gave. */
export function reached(rows) {
  return WANTED.flatMap(({ scenario, what, needs = ["dbsharing"], measure, atLeast, atMost, exactly }) => {
    const measured = rows.filter((row) => row.scenario === scenario);
    const ofScenario = Object.fromEntries(measured.map((row) => [row.id, row]));
    if (!needs.every((id) => id in ofScenario)) return [];
    const wanted = { atLeast, atMost, exactly: exactly?.(ofScenario) };
    const got = measure(ofScenario);
    const isEnough = got.shortBy === undefined ? isReached(got.value, wanted) : got.shortBy.length === 0;
    return [{ scenario, what, ...wanted, ...got, reached: isEnough }];
  });
}
