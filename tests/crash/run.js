// npm run test:crash [-- --kills N --node-kills N --only NAME --seed N]
// Kills writers of each database, and whole nodes, many times.
import { parseArgs } from "node:util";

import { databases } from "../stores/databases.js";
import { killNodes } from "./kill-nodes.js";
import { killWriters } from "./kill-writers.js";

const { values } = parseArgs({
  options: {
    kills: { type: "string", default: "40" },
    "node-kills": { type: "string", default: "20" },
    only: { type: "string" },
    seed: { type: "string", default: String(Date.now() % 1_000_000) },
  },
});
const [kills, nodeKills, seed] = [values.kills, values["node-kills"], values.seed].map(numberOf);

const lasting = databases.filter(({ isVolatile }) => !isVolatile);
const rows = [
  ...lasting.map((row) => ({ ...row, run: () => killWriters(row, { kills, seed }) })),
  { name: "node", run: () => killNodes({ kills: nodeKills, seed }) },
];
const chosen = rows.filter(({ name }) => [undefined, name].includes(values.only));
const names = rows.map(({ name }) => name).join(", ");
if (chosen.length === 0) throw new Error(`there is no ${values.only}; there are ${names}`);

console.log(`seed ${seed}`);
for (const row of chosen) console.log(`${row.name.padEnd(10)} ${await resultOf(row)}`);

async function resultOf({ whyNot, run }) {
  const reason = await whyNot?.();
  if (reason) return skipped(reason);
  const startedAtMs = Date.now();
  try {
    const counts = Object.entries(await run()).map(([name, count]) => `${name} ${count}`);
    return `nothing lost: ${counts.join(", ")}; ${((Date.now() - startedAtMs) / 1000).toFixed(1)} s`;
  } catch (error) {
    process.exitCode = 1;
    return `FAILED: ${error.message}`;
  }
}

// A skipped check shows nothing.
function skipped(reason) {
  if (process.env.CI === "true") process.exitCode = 1;
  return `skipped: ${reason}`;
}

function numberOf(text) {
  if (/^[1-9]\d{0,5}$/.test(text)) return Number(text);
  throw new Error(`${text} is not a number from 1 to 999999`);
}
