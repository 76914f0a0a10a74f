// `node spoiled-process.js WARM-UP-MS OTHER-BODY BODY`: what one bad record in every 128 costs.
//
// Prints the times of `verifyJson` and of a first round, for the sound body and for two spoiled ones. Data alone is
// spoiled: key and signature still decode, so the equation of a whole batch is what fails.
import { readFileSync } from "node:fs";
import { createSharing, verifyJson } from "../../../js/index.js";
import { memoryStore } from "../../../js/stores/memory.js";
import { bodyOf, changeData, oneInEvery128, spoil } from "../corpus.js";
import { NodeWithOnePeer } from "./node-with-one-peer.js";
import { measured, warmUp } from "../stopwatch.js";

const [warmUpMs, ...paths] = process.argv.slice(2);
const [otherBody, body] = paths.map((path) => new Uint8Array(readFileSync(path)));
const records = JSON.parse(new TextDecoder().decode(body));
await warmUp(Number(warmUpMs), () => verifyJson(otherBody));
await warmUp(Number(warmUpMs), () => new NodeWithOnePeer({ createSharing, memoryStore }).round(otherBody));

const times = {};
for (const where of ["sound", "first", "random"]) {
  const places = where === "sound" ? [] : oneInEvery128(records.length, where);
  const spoiled = spoil(records, places, [changeData]);
  const bytes = bodyOf(spoiled.records);
  times[`verifyJson-${where}`] = await judge(bytes, spoiled.verdicts);
  times[`round-${where}`] = await receive(bytes, spoiled.verdicts);
}
console.log(JSON.stringify({ times }));

async function judge(bytes, wanted) {
  const { result, time } = await measured(() => verifyJson(bytes));
  if (!wanted.every((verdict, at) => result[at].ok === verdict)) throw new Error("verifyJson misjudges a spoiled body");
  return time;
}

async function receive(bytes, wanted) {
  const node = new NodeWithOnePeer({ createSharing, memoryStore });
  const { result, time } = await measured(() => node.round(bytes));
  const bad = wanted.filter((verdict) => !verdict).length;
  if (result.inserted !== wanted.length - bad || (result.rejected.BAD_SIGNATURE ?? 0) !== bad) {
    throw new Error(`a round misjudges a spoiled body: ${JSON.stringify(result)}`);
  }
  return time;
}
