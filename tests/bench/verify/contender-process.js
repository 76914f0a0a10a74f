// `node contender-process.js CONTENDER WARM-UP-MS OTHER-BODY BODY [SPOILED-BODY]`:
// one contender in a process of its own.
//
// Its code is warm, by a body of other keys; of the body nothing is remembered before the first pass. Prints the times
// of the passes that count, and as digits the verdicts of the first pass and those on a spoiled body, not timed.
import { readFileSync } from "node:fs";
import { contenders } from "./contenders.js";
import { measured, warmUp } from "../stopwatch.js";

const [id, warmUpMs, ...paths] = process.argv.slice(2);
const { load, timed = ["first"] } = contenders[id];
const [otherBody, body, spoiledBody] = paths.map((path) => new Uint8Array(readFileSync(path)));

const judge = await load();
await warmUp(Number(warmUpMs), () => judge(otherBody));
const first = await measured(() => judge(body));
const again = timed.includes("again") ? await measured(() => judge(body)) : undefined;
const spoiled = spoiledBody && (await judge(spoiledBody));
const times = Object.fromEntries(timed.map((pass) => [pass, { first, again }[pass].time]));
console.log(JSON.stringify({ times, verdicts: digits(first.result), spoiled: spoiled && digits(spoiled) }));

function digits(verdicts) {
  return verdicts.map(Number).join("");
}
