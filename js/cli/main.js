#!/usr/bin/env node
// The command line: finds the command, parses its arguments, turns what it throws into a sentence and an exit code.

import { readFile } from "node:fs/promises";

import { parseCommandLine } from "./arguments.js";
import { CommandError, ExitCode, cannotRun, usageError } from "./command-error.js";
import { commandHelp, generalHelp } from "./help.js";
import { reasonOf } from "./input.js";
import { createOutput } from "./output.js";
import { spelledOut } from "../core/printable.js";
import { nearestWord } from "../core/nearest-word.js";

// Each command is loaded only when it is asked for.
const COMMANDS = {
  demo: "run a whole network on this machine and watch it agree",
  service: "run a task's node service, for local use",
  node: "run one node: stores, serves, accepts and shares records",
  keygen: "make a new key",
  sign: "make a signed record of JSON data",
  publish: "post a record to a node",
  verify: "judge the records of a saved body",
  export: "write the records of a database, one a line",
  import: "put records, one a line or as an array, into a database",
  check: "verify all that a database holds",
  stats: "count what a database holds",
};

/** What others call these commands. */
const OTHER_WORDS = {
  __proto__: null,
  ...{
    start: "node",
    run: "node",
    serve: "node",
    put: "publish",
    update: "publish",
    post: "publish",
    key: "keygen",
    keys: "keygen",
  },
  ...{ validate: "verify", list: "export", ls: "export", dump: "export", info: "stats", status: "stats" },
};

async function main(args) {
  const [name, ...rest] = args;
  if (name === undefined || name === "--help" || name === "-h" || name === "help") return print(await helpFor(rest[0]));
  if (["--version", "-v", "-V", "version"].includes(name)) return print(await packageVersion());
  return run(await loadCommand(name), rest);
}

async function run(command, args) {
  try {
    const { values, positionals } = parseCommandLine(command, args);
    if (values.help) return print(commandHelp(command));
    return (await command.run({ values, positionals, output: createOutput({ isJson: values.json }) })) ?? ExitCode.done;
  } catch (error) {
    if (error instanceof CommandError) error.command = command.name;
    if (args.includes("--json") && !error.isTold) printFailure(command, args, error);
    throw error;
  }
}

/** What failed, for programs; where an object has told it already it is not told again. */
function printFailure({ events, jsonStream = () => "stdout" }, args, { code, message, exitCode }) {
  if (exitCode === undefined && code === "EPIPE") return;
  const fallback = exitCode === undefined ? "INTERNAL" : "CANNOT_RUN";
  const failure = { ok: false, code: code ?? fallback, message };
  const stdout = process[jsonStream(args)];
  createOutput({ isJson: true, stdout }).event(events ? { event: "failed", atMs: Date.now(), ...failure } : failure);
}

async function loadCommand(name) {
  if (Object.hasOwn(COMMANDS, name)) return (await import(`./commands/${name}.js`)).command;
  if (name.startsWith("-")) throw usageError(`unknown option ${name}; the name of a command comes first`);
  const meant = OTHER_WORDS[name] ?? nearestWord(name, Object.keys(COMMANDS));
  const hint = meant ? `did you mean ${meant}?` : `there are ${Object.keys(COMMANDS).join(", ")}`;
  throw usageError(`unknown command ${JSON.stringify(name)}; ${hint}`);
}

async function helpFor(name) {
  return name === undefined || name.startsWith("-") ? generalHelp(COMMANDS) : commandHelp(await loadCommand(name));
}

async function packageVersion() {
  return JSON.parse(await readFile(new URL("../../package.json", import.meta.url), "utf8")).version;
}

function print(text) {
  process.stdout.write(`${text}\n`);
  return ExitCode.done;
}

function report(error) {
  if (error?.syscall === "write") endOutput(error); // thrown by Node 18, where later ones tell the listener below
  if (!(error instanceof CommandError)) {
    // Only the begin of a line can be forged, so the lines of a stack have none of their own.
    const stack = String(error?.stack ?? error)
      .split("\n")
      .map(spelledOut)
      .join("\n    ");
    process.stderr.write(`dbsharing: this is a fault of dbsharing itself: ${stack}\n`);
    return ExitCode.negative;
  }
  const name = ["dbsharing", error.command].filter(Boolean).join(" ");
  const isUsage = error.code === "USAGE" && error.exitCode === ExitCode.usage;
  const code = error.code && !isUsage ? ` (${error.code})` : "";
  const pointer = isUsage ? `${error.message.endsWith("?") ? " See" : "; see"} ${name} --help` : "";
  process.stderr.write(`${spelledOut(`${name}: ${error.message}${code}${pointer}`)}\n`);
  return error.exitCode;
}

// A reader that leaves early, as `head` does, is not a fault to report, but not success either: nobody knows the rest.
function endOutput(error) {
  if (error.code === "EPIPE") process.exit(ExitCode.readerGone);
  process.exit(report(cannotRun(`cannot write to standard output: ${reasonOf(error)}`, error)));
}

process.stdout.on("error", endOutput);
// Nobody is left to be told.
process.stderr.on("error", () => {});
process.on("uncaughtException", (error) => process.exit(report(error)));

// Node 18 calls its own fetch experimental, once for each process of a demo.
process.removeAllListeners("warning");
process.on("warning", (warning) => {
  if (warning.name !== "ExperimentalWarning") process.stderr.write(`${spelledOut(warning)}\n`);
});

process.exitCode = await main(process.argv.slice(2)).catch(report);
// What is written has to leave first; a connection that fetch keeps alive need not be waited for. Of an error the
// listener above is told.
process.stdout.write("", (error) => error || process.exit());
