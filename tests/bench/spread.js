// npm run bench:spread: see spread/options.js.
//
// Every network is simulated (tests/simulation/spread.rs) in a process of its own, one after the other. Its figures depend on
// the seed alone, not on the machine. With --processes, one network is real as well.
import { machine } from "./machine.js";
import { runBench } from "./run-bench.js";
import { besideText, figuresBeside, measureBeside } from "./spread/beside.js";
import { HELP, readOptions } from "./spread/options.js";
import { bytesText, writePlots } from "./spread/plots.js";
import { buildSimulation, simulate } from "./spread/simulated.js";
import { grouped, table } from "./table.js";

async function measure(options, folder) {
  buildSimulation();
  const { realNetwork, seed } = options;
  if (realNetwork) return { ...machine([]), ...realNetwork, seed, ...(await measureBeside({ ...realNetwork, seed }, folder)) };
  return measureAll(options);
}

function measureAll({ networks, seed, plotsFolder }) {
  const rows = networks.map((network, at) => {
    const row = { ...network, ...simulate({ ...network, seed }) };
    console.error(`${at + 1} of ${networks.length}: ${JSON.stringify(row)}`); // all of them take long
    return row;
  });
  const results = { ...machine([]), seed, rows };
  writePlots(results, plotsFolder);
  return results;
}

function report(results, { plotsFolder }) {
  return results.real ? besideText(results) : tableOf(results, plotsFolder);
}

function tableOf({ rows, seed }, plotsFolder) {
  const header = [
    "machines",
    "records",
    "writes",
    "peers",
    "hostile",
    "reachable",
    "half",
    "99 %",
    "all",
    "requests",
    "bodies",
  ];
  const lines = rows.map((row) => [
    grouped(row.machines),
    grouped(row.records),
    grouped(row.writes),
    String(row.peers),
    `${row.hostile} %`,
    `${row.reachable} %`,
    ...row.rounds.map((rounds) => rounds?.toFixed(2) ?? "never"),
    grouped(row.requestsANode),
    bytesText(row.bodyBytesANode),
  ]);
  const says = `Rounds of 20 s until half, 99 % and all of the nodes hold all writes that can be reached; requests to peers and bodies of peers,
a node, in that time. Seed ${seed}. Plots: ${plotsFolder}`;
  return [table(header, lines), says].join("\n\n");
}

function figuresOf(results) {
  if (results.real) return figuresBeside(results);
  return results.rows.map(({ machines, writes, peers, hostile, reachable, bodyBytesANode }) => {
    const name = `${machines} machines, ${writes} writes, ${peers} peers, ${hostile} % hostile, ${reachable} % reachable: bytes`;
    return { name, turns: 1, median: bodyBytesANode, spread: [bodyBytesANode, bodyBytesANode] };
  });
}

await runBench({ name: "spread", help: HELP, readOptions, measure, report, figuresOf });
