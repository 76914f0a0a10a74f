// dbsharing verify: the verdict on every record of a saved body.

import { verifyJson } from "../../index.js";
import { ExitCode, negativeResult } from "../command-error.js";
import { readInput } from "../input.js";
import { codeCounts, count } from "../output.js";

const NOW = [0, Number.MAX_SAFE_INTEGER];

export const command = {
  name: "verify",
  usage: "FILE|- [--now MS] [--identity record|owner] [--json]",
  description:
    "Judges every record of a body as a peer would send it, a JSON array, by the rules that every node has.\n" +
    "Ends with 1 when one of them is refused, or when the file is no such array.",
  positionals: ["FILE, or - for standard input,"],
  positionalsRequired: true,
  options: {
    now: {
      type: "string",
      placeholder: "MS",
      integer: NOW,
      value: "milliseconds since 1970",
      says: "judge as of this time",
    },
    identity: {
      type: "string",
      placeholder: "record|owner",
      choices: ["record", "owner"],
      default: "record",
      value: "record or owner",
      says: "what a key names",
    },
  },
  examples: ["curl -s http://127.0.0.1:8080/task/ID/linktree/all | dbsharing verify -"],
  run,
};

async function run({ values, positionals: [file], output }) {
  const verdicts = judge(await readInput(file), values);
  const failed = countsByCode(verdicts);
  const accepted = verdicts.filter(({ ok }) => ok).length;
  verdicts.forEach((verdict, index) => output.line(lineOf(verdict, index, output.style)));
  output.line(summary(verdicts.length, accepted, failed));
  output.event({
    ok: accepted === verdicts.length,
    items: verdicts.length,
    accepted,
    failed,
    verdicts: verdicts.map(eventOf),
  });
  return accepted === verdicts.length ? ExitCode.done : ExitCode.negative;
}

function judge(body, { now, identity }) {
  try {
    return verifyJson(new Uint8Array(body), { identity, ...(now !== undefined && { now }) });
  } catch (error) {
    if (error.code === "BAD_BODY") throw negativeResult(error.message, error.code);
    throw error;
  }
}

function lineOf(verdict, index, style) {
  const number = String(index).padStart(6);
  if (verdict.ok) return `${number}  ${style.green("ok")}  ${verdict.key}`;
  return `${number}  ${style.red(verdict.code)}  ${verdict.message}`;
}

function eventOf(verdict, index) {
  const { ok, code, message, key, version } = verdict;
  return { index, ok, code, message, key, version };
}

function summary(items, accepted, failed) {
  if (items === 0) return "The list is empty.";
  if (accepted === items) return `${items === 1 ? "The record verifies" : `All ${count(items, "record")} verify`}.`;
  return `${accepted} of ${count(items, "record")} verify; refused: ${codeCounts(failed)}.`;
}

function countsByCode(verdicts) {
  const counts = {};
  for (const { ok, code } of verdicts) if (!ok) counts[code] = (counts[code] ?? 0) + 1;
  return counts;
}
