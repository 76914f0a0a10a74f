// The command line of bench:peers.
import { chosenOf, commandLine, commonOptions, countOf } from "../command-line.js";
import { contenders } from "./contenders.js";

const ids = Object.keys(contenders);

const { help, read } = commandLine({
  bench: "bench:peers",
  description: `\
Measures dbsharing over LevelDB beside what a task would use instead: PouchDB over LevelDB, as it is and with every
signature verified, and plain JavaScript. Each has a server and a client, two processes over loopback: the first sync, a
sync when nothing changed, after one edit, and twice after 100 edits at each end. Ends with what is wanted of dbsharing and
whether it is reached; the exit code is 0 even if it is not, and 1 if an end holds other records than it should. PouchDB
is installed into tests/bench/peers/node_modules by the first run that needs it.`,
  options: {
    records: { takes: "N", says: "how many records the server has (10000)" },
    runs: { takes: "N", says: "how often each contender plays all scenarios, in turn (5)" },
    contenders: { takes: "A,B", says: `these contenders only: ${ids.join(", ")}` },
  },
});

export const HELP = help;

/** The options. @throws {Error} whose message is for the user */
export function readOptions(args) {
  const values = read(args);
  const settings = {
    records: countOf("records", values.records, 10_000),
    runs: countOf("runs", values.runs, 5),
    contenders: chosenOf("contenders", values.contenders, { noun: "contender", known: ids }),
  };
  return { ...settings, settings, ...commonOptions(values) };
}
