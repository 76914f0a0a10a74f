// Kills the process that writes to a database, again and again, and checks each time what is there.
import { spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";

import { seeded } from "../js/fixtures/seeded.js";
import { processOf } from "../stores/databases.js";
import { faultsOf } from "./batches.js";

const READER = fileURLToPath(new URL("reader.js", import.meta.url));
const WRITER = fileURLToPath(new URL("writer.js", import.meta.url));
const MOST_ACKNOWLEDGED = 12;
const LONGEST_DELAY_MS = 8;
const PATIENCE_MS = 300_000; // only a hang takes this long
const FAULTS_SHOWN = 10;

/**
 * Kills the writer of one database `kills` times, each time at a random moment of opening or writing. Resolves with
 * `{ kills, batches, unacknowledged, entries }`, where `unacknowledged` counts the batches that were under way at a kill.
 *
 * @param {import("../stores/databases.js").Row} row
 * @throws {Error} that says what is wrong, after which kill, and with which seed
 */
export async function killWriters(row, { kills, seed }) {
  const { emptyPlace, remove } = await row.prepare({ mustLast: true });
  const below = seeded(seed);
  const acknowledged = new Set();
  const begun = new Set();
  let entries = [];
  try {
    const place = await emptyPlace();
    for (let kill = 1; kill <= kills; kill += 1) {
      const first = begun.size;
      await killOne({ row, place, seed, first, below, begun, acknowledged });
      const held = await readAll(row, place);
      const faults = faultsOf({ seed, acknowledged, begun, ...held });
      const when = `${row.name}, kill ${kill} of seed ${seed}`;
      if (faults.length > 0) throw new Error(`${when}:\n${faults.slice(0, FAULTS_SHOWN).join("\n")}`);
      ({ entries } = held);
    }
  } finally {
    await remove();
  }
  return { kills, batches: begun.size, unacknowledged: begun.size - acknowledged.size, entries: entries.length };
}

// The system outlives the process, and with it what the process has handed to the system: so this finds partial
// batches and writes that are acknowledged too early; it does not replace a power cut.
async function killOne({ row, place, seed, first, below, begun, acknowledged }) {
  const args = [WRITER, row.name, place, String(seed), String(first)];
  const child = spawn(...processOf(row, args, { stdio: ["ignore", "pipe", "pipe"] }));
  const closed = once(child, "close");
  const impatience = setTimeout(() => child.kill("SIGKILL"), PATIENCE_MS);
  let said = "";
  let isTime = false;
  child.stderr.setEncoding("utf8").on("data", (text) => (said += text));
  const atAcknowledged = acknowledged.size + below(MOST_ACKNOWLEDGED);
  const delayMs = below(LONGEST_DELAY_MS);
  const killSoon = () => {
    if (isTime || acknowledged.size < atAcknowledged) return;
    isTime = true;
    setTimeout(() => child.kill("SIGKILL"), delayMs);
  };
  createInterface({ input: child.stdout }).on("line", (line) => {
    const [what, batch] = line.split(" ");
    if (what === "begun") begun.add(Number(batch));
    if (what === "acknowledged") acknowledged.add(Number(batch));
    killSoon();
  });
  const [, signal] = await closed;
  clearTimeout(impatience);
  if (!isTime || signal !== "SIGKILL") throw new Error(`the writer of ${row.name} ended before it was killed: ${said}`);
}

async function readAll(row, place) {
  const child = spawn(...processOf(row, [READER, row.name, place], { stdio: ["ignore", "pipe", "pipe"] }));
  let [output, said] = ["", ""];
  child.stdout.setEncoding("utf8").on("data", (text) => (output += text));
  child.stderr.setEncoding("utf8").on("data", (text) => (said += text));
  const [code] = await once(child, "close");
  if (code !== 0) throw new Error(`what ${row.name} left cannot be read: ${said}`);
  return JSON.parse(output);
}
