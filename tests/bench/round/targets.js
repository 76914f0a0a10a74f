// What is wanted of dbsharing in a round, and what a run measured.
import { RELEASED } from "../packages.js";
import { NO_SLOWER, isReached, slowerBy } from "../wanted.js";
import { released } from "./contenders.js";
import { databases } from "./databases.js";
import { scenarios } from "./scenarios.js";
import { overHttpName } from "./serving.js";

const own = ({ dbsharing }, name) => dbsharing[name];
const aPeer = ({ dbsharing }, name) => dbsharing[name] / dbsharing.peers;

/** The time of one row over that of another, by wall time and by processor time. */
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

/** What is wanted of the database of a task, beside a memory store and beside plain JavaScript. */
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

/** Without the time of `getAll`, which belongs to the task. */
function beyondReads(id) {
  return (rows) => {
    const ratioOf = (name) => (rows[id][name] - rows[id].storeReadsMs) / rows.dbsharing[name];
    return { value: ratioOf("wallMs"), byCpu: ratioOf("cpuMs"), isRatio: true };
  };
}

const verifications = { what: "verifications", measure: number((rows) => own(rows, "verifications")) };

/** Only short if noise does not explain it. `times` are the names of a wall time and of a processor time. */
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

/** An exchange with an old peer has one request. */
const oneRequest = (scenario) => ({
  ...{ scenario, what: "requests to peers", measure: number((rows) => own(rows, "requests")) },
  exactly: ({ dbsharing }) => dbsharing.peers,
});

const meanOf = (id, name) => number((rows) => rows[id].means[name]);
const bySymbols = (what, name, atMost) => ({ what, needs: ["pair"], measure: meanOf("pair", name), atMost });
const SYMBOLS_BYTES = { "differs-1": 300, "differs-10": 700, "differs-100": 3_000, "differs-1000": 26_000 };

/** What is wanted of exchanges with a peer that speaks symbols, whatever its size. */
const exchangesOf = (suffix) =>
  [
    ...Object.entries(SYMBOLS_BYTES).map(([id, bytes]) => [id, bySymbols("symbols, mean bytes", "symbolsBytes", bytes)]),
    ["differs-1", { ...bySymbols("requests", "requests"), exactly: () => 2 }],
    ...["differs-10", "differs-100", "differs-1000", "both-differ-10"].map((id) => [
      id,
      bySymbols("bodies both ways ÷ those of the records", "ratio", 1.1),
    ]),
    ["differs-1", bySymbols("heads a request, mean bytes", "headBytes", 650)],
    ["audited-13", { ...bySymbols("the audit's requests", "auditRequests"), exactly: () => 1 }],
    ["audited-13", bySymbols("the audit's symbols, mean bytes", "auditBytes", 300)],
    ["audited-13", bySymbols("the audit's bodies ÷ the others", "auditShare", 0.05)],
  ].map(([id, wanted]) => ({ scenario: `${id}${suffix}`, ...wanted }));

/** What a node that holds much may take. */
const holding = (perOwner, bytes) =>
  [
    ["wasm, bytes a record", "recordBytes", bytes],
    ["wasm, KiB a view", "viewKib", 256],
    ["what views add to a write, µs", "upkeepUs", 3],
    ["an answer of 18 cells, ms", "fewCellsMs", 1],
    ["an answer of 2 048 cells, ms", "manyCellsMs", 1],
  ].map(([what, name, atMost]) => ({
    ...{ scenario: `holding-${perOwner}`, what, needs: ["holding"], atMost },
    measure: number(({ holding: row }) => row[name]),
  }));

const ROUNDS = scenarios.filter(({ kind }) => kind === "rounds" || kind === "fresh").map(({ id }) => id);

/** What is wanted of a node that serves from one database. */
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
  ...["cold-1", "quiet-etag", "edit"].map(oneRequest),
  ...exchangesOf(""),
  ...exchangesOf("-large"),
  ...holding(10, 150),
  ...holding(1, 180),
  ...Object.keys(databases).flatMap((id) => servingFrom(id).map((wanted) => ({ scenario: "serving", ...wanted }))),
];

/** Everything that is wanted of what these rows measured, with their figures. */
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
