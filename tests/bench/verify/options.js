// The command line of bench:verify.
import { commandLine, commonOptions, countOf } from "../command-line.js";

const { help, read } = commandLine({
  bench: "bench:verify",
  description: `\
Measures how long it takes from the bytes of a body to a verdict on each of its records: dbsharing beside other ways to
verify them, its own core as native code, rounds over known records, and bodies with bad records. Ends with the ratios
and whether they are those wanted; the exit code is 0 even if they are not, and 1 if two contenders disagree on a record.`,
  options: {
    records: { takes: "N", says: "how many records a body has (10000)" },
    passes: {
      takes: "N",
      says: "how often each contender runs, in turn (5; dbsharing and version 0.1.0, which are compared, 9)",
    },
    quick: { says: "1000 records and 3 passes, unless --records or --passes says otherwise" },
    "warm-up": { takes: "MS", says: "how long each contender runs at least before it is measured (400)" },
    only: {
      takes: "A,B",
      says:
        "these rows only: dbsharing, 0.1.0, native, node-der, node-jwk, node-cached, libsodium, webcrypto,\n" +
        "noble, tweetnacl, no-signature, rounds, rounds-0.1.0, spoiled",
    },
    native: { takes: "PATH", says: 'a built bench-native to run, instead of building it; "none" leaves it out' },
    "this-processor": { says: "also builds the native core for this processor's own instructions" },
  },
});

export const HELP = help;

/** The options. @throws {Error} whose message is for the user */
export function readOptions(args) {
  const values = read(args);
  const only = values.only?.split(",");
  const passes = (usual) => countOf("passes", values.passes, values.quick ? 3 : usual);
  const settings = {
    records: countOf("records", values.records, values.quick ? 1_000 : 10_000),
    passes: passes(5),
    comparedPasses: passes(9),
    warmUpMs: countOf("warm-up", values["warm-up"], 400),
    only,
    native: values.native,
    forThisProcessor: values["this-processor"],
  };
  return { ...settings, settings, wants: (id) => only === undefined || only.includes(id), ...commonOptions(values) };
}
