// The command line of bench:stores.
import { chosenOf, commandLine, commonOptions, countOf } from "../command-line.js";
import { databases } from "./databases.js";

const ids = Object.keys(databases);

const { help, read } = commandLine({
  bench: "bench:stores",
  description: `\
Measures each ready-made store beside its bare driver doing the same work: batches of 500 conditional writes of new keys
and of newer versions, a scan of everything, reads of 500 keys each, and the keys and versions that a node starts from.`,
  options: {
    entries: { takes: "N", says: "how many entries are held (20000)" },
    passes: { takes: "N", says: "how often each database is played, with our store first or last in turn (3)" },
    only: { takes: "A,B", says: `these databases only: ${ids.join(", ")}` },
  },
});

export const HELP = help;

/** The options. @throws {Error} whose message is for the user */
export function readOptions(args) {
  const values = read(args);
  const settings = {
    entries: countOf("entries", values.entries, 20_000),
    passes: countOf("passes", values.passes, 3),
    databases: chosenOf("only", values.only, { noun: "database", known: ids }),
  };
  return { ...settings, settings, ...commonOptions(values) };
}
