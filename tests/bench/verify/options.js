// The command line of the bench.
import { parseArgs } from "node:util";

export const HELP = `npm run bench:verify -- [options]

Measures how long it takes from the bytes of a body to a verdict on each of its records: dbsharing beside other ways to
verify them, its own core as native code, rounds over known records, and bodies with bad records. Ends with the ratios
and whether they are those wanted; its exit code is 0 also where they are not, and 1 where two contenders disagree on a
record.

  --records N       how many records a body has (10000)
  --passes N        how often each contender runs, by turns (5; dbsharing and version 0.1.0, which are compared, 9)
  --quick           1000 records and 3 passes, unless said otherwise
  --warm-up MS      how long each contender runs at least before it is measured (400)
  --only A,B        these rows alone: dbsharing, 0.1.0, native, node-der, node-jwk, node-cached, libsodium,
                    webcrypto, noble, tweetnacl, no-signature, rounds, rounds-0.1.0, spoiled
  --native PATH     a built bench-native to run, instead of building it; "none" leaves it out
  --this-processor  builds the native core for this processor's own instructions, too
  --json            prints the numbers as JSON
  --help            prints this`;

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
      native: { type: "string" },
      "this-processor": { type: "boolean", default: false },
      json: { type: "boolean", default: false },
      help: { type: "boolean", default: false },
    },
  });
  const only = values.only?.split(",");
  const passes = (usual) => count("passes", values.passes, values.quick ? 3 : usual);
  return {
    records: count("records", values.records, values.quick ? 1_000 : 10_000),
    passes: passes(5),
    comparedPasses: passes(9),
    warmUpMs: count("warm-up", values["warm-up"], 400),
    wants: (id) => only === undefined || only.includes(id),
    native: values.native,
    forThisProcessor: values["this-processor"],
    json: values.json,
    help: values.help,
  };
}

/** An option that counts something. */
export function count(name, text, fallback) {
  if (text === undefined) return fallback;
  if (!/^[1-9][0-9]{0,6}$/.test(text)) throw new Error(`--${name} is ${text}, wanted a number from 1 to 9999999`);
  return Number(text);
}
