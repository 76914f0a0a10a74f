// dbsharing verify: the verdict on every item of a saved body.

import { verifyJson } from "../../index.js";
import { ExitCode, negativeResult } from "../command-error.js";
import { readInput } from "../input.js";
import { codeCounts, count, grouped } from "../output.js";
import { identityOption } from "../task-options.js";

const NOW = [0, Number.MAX_SAFE_INTEGER];
const MAX_BYTES = 64 * 1024 * 1024; // that a node reads of the body of a peer
const MOST_BYTES = 1024 * 1024 * 1024;
const MAX_ITEMS = 1_000_000; // likewise
const [QUOTE, BACKSLASH, COMMA, BRACKET, BRACE, CLOSING_BRACKET, CLOSING_BRACE] = Buffer.from('"\\,[{]}');

export const command = {
  name: "verify",
  usage: "FILE|- [--now MS] [--identity record|owner] [--max-bytes N] [--json]",
  description:
    "Checks every record of a body, a JSON array as a peer sends it, by the rules that every node applies.\n" +
    "Ends with 1 if a record is rejected, or if the file is not such an array.",
  positionals: ["FILE, or - for standard input,"],
  positionalsRequired: true,
  options: {
    now: {
      type: "string",
      placeholder: "MS",
      integer: NOW,
      value: "milliseconds since 1970",
      says: "apply the rules as of this time",
    },
    "max-bytes": {
      type: "string",
      placeholder: "N",
      default: MAX_BYTES,
      integer: [1, MOST_BYTES],
      value: "a number of bytes",
      says: "the limit for the length of the body",
    },
    ...identityOption,
  },
  jsonSays:
    "print one JSON object instead: ok, items, accepted, failed (counts by code), verdicts (index, ok, key, version, hint; code, message)",
  examples: ["curl -s http://127.0.0.1:8080/task/ID/linktree/all | dbsharing verify -"],
  run,
};

async function run({ values, positionals: [file], output }) {
  const tooLong = "; --max-bytes N allows more";
  const verdicts = judge(await readInput(file, { maxBytes: values["max-bytes"], tooLong }), values);
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
  if (itemsIn(body) > MAX_ITEMS) {
    throw negativeResult(`the body has too many items; wanted at most ${grouped(MAX_ITEMS)}`, "TOO_MANY_ITEMS");
  }
  try {
    return verifyJson(new Uint8Array(body), { identity, ...(now !== undefined && { now }) });
  } catch (error) {
    if (error.code === "BAD_BODY") throw negativeResult(error.message, error.code);
    throw error;
  }
}

/** How many items a body has, which need not be valid JSON: one more than there are commas outside of the items. */
function itemsIn(body) {
  let items = 1;
  let depth = 0;
  let isInText = false;
  for (let at = 0; at < body.length; at += 1) {
    const byte = body[at];
    if (byte === QUOTE) isInText = !isInText;
    else if (isInText) at += byte === BACKSLASH ? 1 : 0;
    else if (byte === BRACKET || byte === BRACE) depth += 1;
    else if (byte === CLOSING_BRACKET || byte === CLOSING_BRACE) depth -= 1;
    else if (byte === COMMA && depth === 1) items += 1;
  }
  return items;
}

function lineOf(verdict, index, style) {
  const number = String(index).padStart(6);
  if (verdict.ok)
    return `${number}  ${style.green("ok")}  ${verdict.key}${verdict.hint ? `  is this right? ${verdict.hint}` : ""}`;
  return `${number}  ${style.red(verdict.code)}  ${verdict.message}`;
}

function eventOf(verdict, index) {
  const { ok, code, message, key, version, hint } = verdict;
  return { index, ok, code, message, key, version, hint };
}

function summary(items, accepted, failed) {
  if (items === 0) return "The list is empty.";
  if (accepted === items) return `${items === 1 ? "The record verifies" : `All ${count(items, "record")} verify`}.`;
  return `${accepted} of ${count(items, "record")} verify; rejected: ${codeCounts(failed)}.`;
}

function countsByCode(verdicts) {
  const counts = {};
  for (const { ok, code } of verdicts) if (!ok) counts[code] = (counts[code] ?? 0) + 1;
  return counts;
}
