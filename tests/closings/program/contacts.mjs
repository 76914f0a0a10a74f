// One client: meets peers of each cell for the first time, again and again, and prints the results, one line for each cell.
// Its argument: { serviceUrl, taskId, fetch: "default" | "global" | "node", cells: [{ name, number, contacts, rounds }] }
import process from "node:process";
import { createSharing } from "dbsharing";
import { memoryStore } from "dbsharing/stores/memory";

const AT_ONCE = 10;

const { serviceUrl, taskId, fetch, cells } = JSON.parse(process.argv[2]);
const transports = {
  default: () => ({}),
  global: () => ({ fetch: (...request) => globalThis.fetch(...request) }),
  node: async () => ({ fetch: (await import("dbsharing/http")).nodeFetch() }), // only where node:http is used
};
const transport = await transports[fetch]();

let events = {};
const count = (counts, what) => {
  counts[what] = (counts[what] ?? 0) + 1;
};
const note = (kind) => (error) => count(events, `${kind}: ${error?.stack ?? error}`);
process.on("uncaughtException", note("uncaughtException"));
process.on("unhandledRejection", note("unhandledRejection"));
process.on("warning", (warning) => warning.name !== "ExperimentalWarning" && note("warning")(warning));

const say = () => {}; // what a round found out about its peers is in its report
const logger = { debug: say, info: say, warn: say, error: say };

/** The rounds of a new node with a new peer: their faults, and what the node holds in the end. */
async function contact({ number, rounds }, index) {
  const service = `${serviceUrl}/${number}/${index}`;
  const sharing = createSharing({ serviceUrl: service, taskId, db: memoryStore(), logger, ...transport });
  const faults = [];
  for (let round = 0; round < rounds; round += 1) faults.push(...faultsOf(await sharing.share()));
  return { faults, held: sharing.status().records };
}

function faultsOf({ error, peers }) {
  const bad = peers.filter(({ outcome }) => outcome !== "synced" && outcome !== "unchanged");
  return [...(error ? [error] : []), ...bad].map(({ code, message }) => `${code}: ${message.replaceAll(/:\d+/g, ":port")}`);
}

async function meet(cell) {
  const contacts = Array.from({ length: cell.contacts }, (_, index) => index);
  const faults = {};
  const held = {};
  const work = async () => {
    while (contacts.length > 0) {
      const met = await contact(cell, contacts.pop());
      for (const fault of met.faults) count(faults, fault);
      count(held, met.held);
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, work));
  return { faults, held };
}

for (const cell of cells) {
  const startedAtMs = Date.now();
  const met = await meet(cell);
  console.log(JSON.stringify({ name: cell.name, ...met, events, durationMs: Date.now() - startedAtMs }));
  events = {};
}
console.log(JSON.stringify({ endedAtMs: Date.now() }));
