// The command line of bench:round.
import { join } from "node:path";
import { parseArgs } from "node:util";
import { root } from "../../../.ci/toolchain.mjs";
import { count } from "../verify/options.js";
import { scenarios } from "./scenarios.js";

const ids = scenarios.map(({ id }) => id);

export const HELP = `npm run bench:round -- [options]

Measures whole rounds over loopback: the JavaScript original's algorithm, the best plain JavaScript, dbsharing and its
version 0.1.0, each in a process of its own, against real HTTP servers in another; and a node that serves its records.
Ends with what is wanted of dbsharing and whether it is reached; its exit code is 0 also where it is not, and 1 where a
contender ends with other records than it should.

  --records N     how many records a peer has, where a scenario does not have a tenth or ten times as many (10000)
  --passes N      how often each contender plays each scenario, by turns, the slow ones once (3, and 9 for dbsharing and
                  version 0.1.0, which are compared; the slow ones 1 and 3; serving 3)
  --quick         1000 records and 1 pass, unless said otherwise
  --warm-up MS    how long each contender runs at least before it is measured (400)
  --only A,B      these scenarios alone: ${ids.slice(0, 5).join(", ")},
                  ${ids.slice(5).join(", ")}
  --contenders A  these contenders alone, by their ids in contenders.js
  --plots FOLDER  where the plots go, as SVG (target/bench-round)
  --json          prints the numbers as JSON
  --help          prints this`;

/** The options, or an Error whose message is for the user. */
export function readOptions(args) {
  const { values } = parseArgs({
    args,
    options: {
      records: { type: "string" },
      passes: { type: "string" },
      quick: { type: "boolean", default: false },
      "warm-up": { type: "string" },
      only: { type: "string" },
      contenders: { type: "string" },
      plots: { type: "string" },
      json: { type: "boolean", default: false },
      help: { type: "boolean", default: false },
    },
  });
  return {
    records: count("records", values.records, values.quick ? 1_000 : 10_000),
    passes: count("passes", values.passes, values.quick ? 1 : undefined),
    warmUpMs: count("warm-up", values["warm-up"], 400),
    scenarios: withContenders(chosen(values.only?.split(",") ?? ids), values.contenders?.split(",")),
    plots: values.plots ?? join(root, "target/bench-round"),
    json: values.json,
    help: values.help,
  };
}

function chosen(wanted) {
  const unknown = wanted.find((id) => !ids.includes(id));
  if (unknown !== undefined) throw new Error(`--only: there is no scenario "${unknown}"; there are ${ids.join(", ")}`);
  return scenarios.filter(({ id }) => wanted.includes(id));
}

function withContenders(played, wanted) {
  if (wanted === undefined) return played;
  const known = new Set(scenarios.flatMap((scenario) => scenario.contenders));
  const unknown = wanted.find((id) => !known.has(id));
  if (unknown !== undefined) throw new Error(`--contenders: there is no "${unknown}"; there are ${[...known].join(", ")}`);
  return played.map((scenario) => ({ ...scenario, contenders: scenario.contenders.filter((id) => wanted.includes(id)) }));
}
