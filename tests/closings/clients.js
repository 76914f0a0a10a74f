// Runs a client in an engine through all cells, and returns what it reported about each.
import { execFile } from "node:child_process";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { bun, deno, nodes, pathOf } from "../package/engines.js";
import { projectWithPackage } from "../package/install.js";
import { cells, RECORDS, taskId } from "./cells.js";
import { startPeers } from "./peers.js";

const run = promisify(execFile);
const source = fileURLToPath(new URL("program", import.meta.url));
let project;

/**
 * Faults of the global fetch that its callers cannot prevent. In two versions a cell ends undici itself, and with it the
 * process (nodejs/undici #5360). The oldest takes the end of a body without length for a fault, and discards what it has
 * not decompressed yet.
 */
const notPromised = [
  {
    versions: ["22.23.3", "24.21.0"],
    fetches: ["global"],
    isMeant: ({ name }) => name === "close header, content-length, gzip",
  },
  { versions: ["18.12.1"], fetches: ["global", "default"], isMeant: ({ name }) => name.endsWith("close-delimited, gzip") },
];

/**
 * Every client: its `name`, its `engine`, and its `fetch`: its default, always the global one, or that of
 * dbsharing/http.
 */
export const clients = [
  ...nodes.flatMap((engine) => ["default", "global", "node"].map((fetch) => client(`Node ${engine.version}`, engine, fetch))),
  client(`Deno ${deno.version}`, deno, "default"),
  client(`Bun ${bun.version}`, bun, "default"),
];

function client(runtime, engine, fetch) {
  return { name: `${runtime}, ${fetch === "node" ? "nodeFetch()" : `the ${fetch} fetch`}`, engine, fetch };
}

/** The cells that a client has to survive. */
export function cellsOf({ engine, fetch }) {
  const rules = notPromised.filter(({ versions, fetches }) => versions.includes(engine.version) && fetches.includes(fetch));
  const numbered = cells.map((cell, number) => ({ ...cell, number }));
  return numbered.filter((cell) => !rules.some(({ isMeant }) => isMeant(cell)));
}

/** Whether a cell went well: every record of every peer is held, and nothing else happened. */
export function isAsPromised({ faults, held, events }) {
  return [faults, events].every((counts) => Object.keys(counts).length === 0) && String(Object.keys(held)) === String(RECORDS);
}

/**
 * Lets a client meet this many peers of each cell. Returns a line for each cell, `{ name, faults, held, events, durationMs }`
 * with counts, how the process ended, and `livedOnMs`: how long it ran after its last round.
 */
export async function meetAll({ engine, fetch }, contacts) {
  project ??= projectWithPackage({ source });
  const peers = await startPeers();
  const asked = cellsOf({ engine, fetch }).map(({ name, number, rounds }) => ({
    name,
    number,
    rounds,
    contacts: rounds > 100 ? Math.ceil(contacts / 10) : contacts,
  }));
  const question = JSON.stringify({ serviceUrl: peers.url, taskId, fetch, cells: asked });
  const args = engine === deno ? ["run", "--allow-net", "contacts.mjs", question] : ["contacts.mjs", question];
  const ending = await run(pathOf(engine), args, { cwd: await project, maxBuffer: 64 * 1024 * 1024 }).catch((error) => error);
  const endedAtMs = Date.now();
  await peers.close();
  const lines = ending.stdout
    .trim()
    .split("\n")
    .filter(Boolean)
    .map((line) => JSON.parse(line));
  const last = lines.at(-1)?.endedAtMs;
  return {
    lines: lines.filter(({ name }) => name),
    exit: ending.signal ?? ending.code ?? 0,
    stderr: ending.stderr,
    livedOnMs: last === undefined ? undefined : endedAtMs - last,
  };
}
