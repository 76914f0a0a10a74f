// The command lines of the benches: options as tables, of which the help is made, and the checks that they share.
import { parseArgs } from "node:util";
import { HISTORY_FOLDER } from "./history.js";

const COMMON_OPTIONS = {
  history: { takes: "FOLDER", says: "the folder of the history that each run is added to (tests/bench/history)" },
  "no-history": { says: "adds nothing to the history, and compares with no earlier run" },
  json: { says: "prints the figures as JSON" },
  help: { says: "prints this" },
};

/**
 * The command line of one bench. `options` maps each name to `{ takes, says }`: an option without `takes` has no value, and
 * `says` may have several lines.
 *
 * @returns {{ help: string, read: (args: string[]) => Record<string, string | boolean | undefined> }}
 */
export function commandLine({ bench, description, options: own }) {
  const options = { ...own, ...COMMON_OPTIONS };
  const types = Object.entries(options).map(([name, { takes }]) => [name, { type: takes ? "string" : "boolean" }]);
  return {
    help: [`npm run ${bench} -- [options]`, description, optionLines(options)].join("\n\n"),
    read: (args) => parseArgs({ args, options: Object.fromEntries(types) }).values,
  };
}

function optionLines(options) {
  const rows = Object.entries(options).map(([name, { takes, says }]) => [`--${name}${takes ? ` ${takes}` : ""}`, says]);
  const width = Math.max(...rows.map(([option]) => option.length));
  const indent = " ".repeat(width + 4);
  return rows.map(([option, says]) => `  ${option.padEnd(width)}  ${says.replaceAll("\n", `\n${indent}`)}`).join("\n");
}

/** What every bench takes of its command line's values. */
export function commonOptions({ history = HISTORY_FOLDER, "no-history": hasNoHistory = false, json = false, help = false }) {
  return { historyFolder: hasNoHistory ? undefined : history, json, help };
}

/** The value of an option that counts something. @throws {Error} whose message is for the user */
export function countOf(name, text, fallback) {
  if (text === undefined) return fallback;
  if (!/^[1-9][0-9]{0,6}$/.test(text)) throw new Error(`--${name} is ${text}; wanted a whole number from 1 to 9999999`);
  return Number(text);
}

/** The value of an option that lists some of `known`, or all of them. @throws {Error} whose message is for the user */
export function chosenOf(name, text, { noun, known }) {
  const chosen = text?.split(",") ?? known;
  const unknown = chosen.find((id) => !known.includes(id));
  if (unknown !== undefined) throw new Error(`--${name}: there is no ${noun} "${unknown}"; there are ${known.join(", ")}`);
  return chosen;
}
