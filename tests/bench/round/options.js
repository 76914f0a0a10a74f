// The command line of bench:round.
import { join } from "node:path";
import { root } from "../../../.ci/toolchain.mjs";
import { chosenOf, commandLine, commonOptions, countOf } from "../command-line.js";
import { scenarios } from "./scenarios.js";

const scenarioIds = scenarios.map(({ id }) => id);
const contenderIds = [...new Set(scenarios.flatMap(({ contenders }) => contenders))];

const { help, read } = commandLine({
  bench: "bench:round",
  description: `\
Measures whole rounds over loopback: the JavaScript original's algorithm, the best plain JavaScript, dbsharing and its
version 0.1.0, each in a process of its own, against real HTTP servers in another; a node that serves its records; what
two nodes send whose sets differ; and what it takes to hold a hundred times as many.
Ends with what is wanted of dbsharing and whether it is reached; the exit code is 0 even if it is not, and 1 if a
contender ends with other records than it should.`,
  options: {
    records: {
      takes: "N",
      says: "how many records a peer has; some scenarios have a tenth of it or ten times as many (10000)",
    },
    passes: {
      takes: "N",
      says:
        "how often each contender plays each scenario, in turn; the slow scenarios once (3, and 9 for dbsharing\n" +
        "and version 0.1.0, which are compared; the slow ones 1 and 3; serving 3)",
    },
    quick: { says: "1000 records and 1 pass, unless --records or --passes says otherwise" },
    "warm-up": { takes: "MS", says: "how long each contender runs at least before it is measured (400)" },
    only: {
      takes: "A,B",
      says: `these scenarios only: ${scenarioIds.slice(0, 5).join(", ")},\n${scenarioIds.slice(5).join(", ")}`,
    },
    contenders: { takes: "A,B", says: "these contenders only, by their ids in contenders.js" },
    plots: { takes: "FOLDER", says: "the folder that the plots are written to, as SVG (target/bench-round)" },
  },
});

export const HELP = help;

/** The options. @throws {Error} whose message is for the user */
export function readOptions(args) {
  const values = read(args);
  const settings = {
    records: countOf("records", values.records, values.quick ? 1_000 : 10_000),
    passes: countOf("passes", values.passes, values.quick ? 1 : undefined),
    warmUpMs: countOf("warm-up", values["warm-up"], 400),
    only: chosenOf("only", values.only, { noun: "scenario", known: scenarioIds }),
    contenders: chosenOf("contenders", values.contenders, { noun: "contender", known: contenderIds }),
  };
  const plots = values.plots ?? join(root, "target/bench-round");
  return { ...settings, settings, scenarios: played(settings), plots, ...commonOptions(values) };
}

function played({ only, contenders: wanted }) {
  return scenarios
    .filter(({ id }) => only.includes(id))
    .map((scenario) => ({ ...scenario, contenders: scenario.contenders.filter((id) => wanted.includes(id)) }));
}
