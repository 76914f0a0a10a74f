// The command line of bench:stores.
import { parseArgs } from "node:util";
import { count } from "../verify/options.js";
import { databases } from "./databases.js";

const ids = Object.keys(databases);

export const HELP = `npm run bench:stores -- [options]

Measures each ready-made store beside its bare driver doing the same work: batches of 500 conditional writes of new keys
and of newer versions, a scan of everything, reads of 500 keys each, and the keys and versions that a node starts from.

  --entries N  how many entries are held (20000)
  --passes N   how often each database is played, with our store first or last by turns (3)
  --only A,B   these databases alone: ${ids.join(", ")}
  --json       prints the numbers as JSON
  --help       prints this`;

/** The options, or an Error whose message is for the user. */
export function readOptions(args) {
  const { values } = parseArgs({
    args,
    options: {
      entries: { type: "string" },
      passes: { type: "string" },
      only: { type: "string" },
      json: { type: "boolean", default: false },
      help: { type: "boolean", default: false },
    },
  });
  const wanted = values.only?.split(",") ?? ids;
  const unknown = wanted.find((id) => !ids.includes(id));
  if (unknown !== undefined) throw new Error(`--only: there is no database "${unknown}"; there are ${ids.join(", ")}`);
  return {
    entries: count("entries", values.entries, 20_000),
    passes: count("passes", values.passes, 3),
    databases: wanted,
    json: values.json,
    help: values.help,
  };
}
