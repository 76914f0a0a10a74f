// `node contender-process.js CONTENDER WARM-UP-MS OTHER-BODY BODY [SPOILED-BODY]`:
// one contender in a process of its own.
//
// A body of other keys warms its code; nothing of the body itself is remembered before the first pass. Prints the times of
// the passes that count, and as digits the verdicts of the first pass and, not timed, those on a spoiled body.
import { readFileSync } from "node:fs";
import { contenders } from "./contenders.js";
import { measured, warmUp } from "../stopwatch.js";

const [id, warmUpMs, ...paths] = process.argv.slice(2);
const { load, timed = ["first"] } = contenders[id];
const [otherBody, body, spoiledBody] = paths.map((path) => new Uint8Array(readFileSync(path)));

const verify = await load();
await warmUp(Number(warmUpMs), () => verify(otherBody));
const first = await measured(() => verify(body));
const again = timed.includes("again") ? await measured(() => verify(body)) : undefined;
const spoiled = spoiledBody && (await verify(spoiledBody));
const times = Object.fromEntries(timed.map((pass) => [pass, { first, again }[pass].time]));
console.log(JSON.stringify({ times, verdicts: digits(first.result), spoiled: spoiled && digits(spoiled) }));

function digits(verdicts) {
  return verdicts.map(Number).join("");
}
