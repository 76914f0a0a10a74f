// npm run bench:spread: see spread/options.js.
//
// Every network is simulated (tests/simulation/spread.rs) in a process of its own, one after the other. Its figures depend on
// the seed alone, not on the machine.
import { execFileSync } from "node:child_process";
import { join } from "node:path";
import { root, toolEnvironment } from "../../.ci/toolchain.mjs";
import { machine } from "./machine.js";
import { runBench } from "./run-bench.js";
import { HELP, readOptions } from "./spread/options.js";
import { writePlots } from "./spread/plots.js";
import { grouped, table } from "./table.js";

const PROFILE = ["--profile", "simulation", "--locked", "--example", "simulate"];

function measureAll({ networks, seed, plotsFolder }) {
  const env = toolEnvironment();
  execFileSync("cargo", ["build", ...PROFILE], { cwd: root, env, stdio: ["ignore", "ignore", "inherit"] });
  const rows = networks.map((network, at) => {
    const row = { ...network, ...measure({ ...network, seed }) };
    console.error(`${at + 1} of ${networks.length}: ${JSON.stringify(row)}`); // all of them take long
    return row;
  });
  const results = { ...machine([]), seed, rows };
  writePlots(results, plotsFolder);
  return results;
}

function measure(network) {
  const names = ["seed", "machines", "records", "peers", "writes", "hostile", "reachable"];
  const options = names.flatMap((name) => [`--${name}`, String(network[name])]);
  const simulate = join(root, "target/simulation/examples/simulate");
  return JSON.parse(execFileSync(simulate, ["--spread", ...options], { encoding: "utf8" }));
}

function report({ rows, seed }, { plotsFolder }) {
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
    `${(row.bodyBytesANode / 1e6).toFixed(2)} MB`,
  ]);
  const says = `Rounds of 20 s until half, 99 % and all of the nodes hold all writes that can be reached; requests and bodies a node in
that time. Seed ${seed}. Plots: ${plotsFolder}`;
  return [table(header, lines), says].join("\n\n");
}

const figuresOf = ({ rows }) =>
  rows.map(({ machines, writes, peers, hostile, reachable, bodyBytesANode }) => {
    const name = `${machines} machines, ${writes} writes, ${peers} peers, ${hostile} % hostile, ${reachable} % reachable: bytes`;
    return { name, turns: 1, median: bodyBytesANode, spread: [bodyBytesANode, bodyBytesANode] };
  });

await runBench({ name: "spread", help: HELP, readOptions, measure: measureAll, report, figuresOf });
