// `node rounds-process.js PACKAGE WARM-UP-MS OTHER-BODY BODY`: rounds over one body, in a process of their own.
//
// Prints the times of a round in which all records are new, of rounds in which all are known, of rounds over one
// record, which is what a round costs besides, and of JSON.parse of the same bytes in the same engine.
import { readFileSync } from "node:fs";
import { NodeWithOnePeer } from "./node-with-one-peer.js";
import { importFrom } from "../packages.js";
import { measured, warmUp } from "../stopwatch.js";

const TURNS = 5;

const [packageId, warmUpMs, ...paths] = process.argv.slice(2);
const { createSharing } = await importFrom(packageId, "js/index.js");
const { memoryStore } = await importFrom(packageId, "js/stores/memory.js");
const [otherBody, body] = paths.map((path) => new Uint8Array(readFileSync(path)));
await warmUp(Number(warmUpMs), () => rounds(otherBody));
console.log(JSON.stringify({ times: await rounds(body) }));

async function rounds(bytes) {
  const records = parse(bytes);
  const count = records.length;
  const one = new TextEncoder().encode(JSON.stringify(records.slice(0, 1)));
  const node = new NodeWithOnePeer({ createSharing, memoryStore });
  const times = { first: [], known: [], one: [], parsed: [] };
  const timed = async (name, work, isSound) => {
    const { result, time } = await measured(work);
    if (!isSound(result)) throw new Error(`"${name}" did not do its work: ${JSON.stringify(result)}`);
    times[name].push(time);
  };
  await timed(
    "first",
    () => node.round(bytes),
    ({ inserted }) => inserted === count,
  );
  for (let turn = 0; turn < TURNS; turn += 1) {
    await timed(
      "known",
      () => node.round(bytes),
      ({ known }) => known === count,
    );
    await timed(
      "one",
      () => node.round(one),
      ({ known }) => known === 1,
    );
    await timed(
      "parsed",
      () => parse(bytes),
      ({ length }) => length === count,
    );
  }
  return times;
}

function parse(bytes) {
  return JSON.parse(new TextDecoder().decode(bytes));
}
