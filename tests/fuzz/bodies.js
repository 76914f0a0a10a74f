// npm run fuzz -- --texts 5000000 --seed 7  that many tricky bodies, a fifth of them bytes, against this Node's JSON
//
// A body that is read differently is made as small as it can be, kept in tests/fuzz/kept/ for `npm test`, and printed.
import { createHash, randomInt } from "node:crypto";
import { mkdirSync, writeFileSync } from "node:fs";
import { parseArgs } from "node:util";
import { verifyJson } from "../../js/index.js";
import { verdictsOfEngine, verdictsOfPackage } from "../js/fixtures/engine-verdicts.js";
import { sparingEngine } from "../js/fixtures/lone-backslash.js";
import { trickyBodies, trickyBytes } from "../js/fixtures/tricky-json.js";
import { shrink } from "./shrink.js";

const KEPT = new URL("kept/", import.meta.url);
/** The number of bodies from one generator; the next ones come from a generator with the next seed. */
const BATCH = 10_000;

const isWrong = (body) => verdictsOfEngine(body) !== verdictsOfPackage(verifyJson, body);

function readOptions() {
  const options = { texts: { type: "string", default: "2000000" }, seed: { type: "string" } };
  const { texts, seed = String(randomInt(2 ** 32)) } = parseArgs({ options }).values;
  const numbers = { texts: Number(texts), seed: Number(seed) };
  for (const [name, value] of Object.entries(numbers)) {
    if (!Number.isSafeInteger(value) || value < 0) throw new Error(`--${name} wants a whole number from 0`);
  }
  return numbers;
}

/** The first of this many bodies that is read differently. */
function findWrong({ texts, seed }) {
  for (let done = 0; done < texts; done += BATCH) {
    const number = done / BATCH;
    const next = (number % 5 === 4 ? trickyBytes : trickyBodies)(seed + number);
    for (let count = Math.min(BATCH, texts - done); count > 0; count -= 1) {
      const body = sparingEngine(next());
      if (isWrong(body)) return body;
    }
    if (process.stderr.isTTY) process.stderr.write(`\r${Math.min(done + BATCH, texts)} of ${texts} bodies`);
  }
  return undefined;
}

/** Adds the body to the kept ones, named by its content. */
function keep(body) {
  const hash = createHash("sha256").update(body).digest("hex");
  const name = `${hash.slice(0, 16)}.${typeof body === "string" ? "json" : "bin"}`;
  mkdirSync(KEPT, { recursive: true });
  // A text may contain lone surrogates, which only escapes can carry through a file.
  writeFileSync(new URL(name, KEPT), typeof body === "string" ? JSON.stringify(body) : body);
  return `tests/fuzz/kept/${name}`;
}

function main() {
  const options = readOptions();
  console.log(`${options.texts} bodies with --seed ${options.seed}, Node ${process.version}`);
  const found = findWrong(options);
  if (process.stderr.isTTY) process.stderr.write("\n");
  if (found === undefined) {
    console.log("all are judged as the engine judges them");
    return;
  }
  const body = shrink(found, isWrong);
  console.log(`a difference, kept in ${keep(body)}`);
  console.log(`body    ${typeof body === "string" ? JSON.stringify(body) : Buffer.from(body).toString("hex")}`);
  console.log(`engine  ${verdictsOfEngine(body)}`);
  console.log(`ours    ${verdictsOfPackage(verifyJson, body)}`);
  process.exitCode = 1;
}

try {
  main();
} catch (error) {
  console.error(`fuzz: ${error.message}`);
  process.exitCode = 2;
}
