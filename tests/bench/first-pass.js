// A process of its own, in which dbsharing meets a body for the first time: `node first-pass.js OTHER-BODY BODY`.
//
// The engine is warm, by a body of other keys; of this body nothing is remembered. Prints the time of the first pass
// and of another one over the same bytes, and the verdicts of the first as digits.
import { readFileSync } from "node:fs";
import { verifyJson } from "../../js/index.js";
import { measured } from "./stopwatch.js";

const verdicts = (bytes) => verifyJson(bytes).map(({ ok }) => ok);

const [otherBody, body] = process.argv.slice(2).map((path) => new Uint8Array(readFileSync(path)));
verdicts(otherBody);
const first = await measured(() => verdicts(body));
const again = await measured(() => verdicts(body));
console.log(JSON.stringify({ first: first.time, again: again.time, verdicts: first.result.map(Number).join("") }));
