// The command line of npm run bench:spread, and the networks that it measures.
import { join } from "node:path";
import { root } from "../../../.ci/toolchain.mjs";
import { chosenOf, commandLine, commonOptions, countOf } from "../command-line.js";

/** How many machines, and how many records each holds at first. */
const RECORDS = { 10: 500, 100: 10_000, 1000: 500 };

const USUAL = { peers: 8, hostile: 0, reachable: 100 };
const CONDITIONS = [
  { ...USUAL, peers: 3 },
  USUAL,
  { ...USUAL, peers: 32 },
  { ...USUAL, hostile: 10 },
  { ...USUAL, hostile: 30 },
  { ...USUAL, reachable: 20 },
  { ...USUAL, reachable: 5 },
];
const WRITES = [1, 1000];

const { help, read } = commandLine({
  bench: "bench:spread",
  description: `Simulates networks of whole nodes, and measures how many rounds and bytes it takes until all hold what was written.
The figures depend on the seed alone. A network of 10 takes a second, those of 100 and 1000 minutes, the largest a quarter of an
hour or more; each is printed when it is known, to stderr.

With --processes, real nodes are measured instead, which are processes of the command line over HTTP on this machine, beside
as many simulated ones: what the simulation says of larger networks can be believed if the two agree. That takes as many
intervals as there are writes, and some more. Intervals in which this machine can hardly run all rounds measure the machine.`,
  options: {
    machines: { takes: "LIST", says: "some of 10,100,1000 (all)" },
    seed: { takes: "N", says: "what chance is made of (1)" },
    processes: { takes: "N", says: "measures N real nodes, 2 or more, beside N simulated ones" },
    records: { takes: "N", says: "with --processes: how many records each holds at first (1000)" },
    writes: { takes: "N", says: "with --processes: how many records are written, one an interval on average (20)" },
    interval: { takes: "SECONDS", says: "with --processes: from one round of a real node to the next (5)" },
    plots: { takes: "FOLDER", says: "the folder that the plots are written to, as SVG (target/bench-spread)" },
  },
});

export const HELP = help;

export function readOptions(args) {
  const { machines, seed, plots, processes, records, writes, interval, ...common } = read(args);
  const sizes = chosenOf("machines", machines, { noun: "network of", known: Object.keys(RECORDS) });
  const networksOf = (size) =>
    WRITES.flatMap((writes) =>
      CONDITIONS.map((condition) => ({ machines: Number(size), records: RECORDS[size], writes, ...condition })),
    );
  return {
    ...commonOptions(common),
    networks: sizes.flatMap(networksOf),
    realNetwork: realNetworkOf({ processes, records, writes, interval }),
    seed: countOf("seed", seed, 1),
    plotsFolder: plots ?? join(root, "target/bench-spread"),
    settings: { machines: sizes.join(","), seed: seed ?? "1", processes, records, writes, interval },
  };
}

/** The network that is measured both ways; undefined without --processes. */
function realNetworkOf({ processes, ...more }) {
  const [alone] = Object.keys(more).filter((name) => more[name] !== undefined);
  if (processes === undefined && alone !== undefined) throw new Error(`--${alone} is given without --processes`);
  if (processes === undefined) return undefined;
  if (processes === "1") throw new Error("--processes is 1; wanted 2 or more");
  return {
    processes: countOf("processes", processes),
    records: countOf("records", more.records, 1000),
    writes: countOf("writes", more.writes, 20),
    intervalMs: countOf("interval", more.interval, 5) * 1000,
  };
}
