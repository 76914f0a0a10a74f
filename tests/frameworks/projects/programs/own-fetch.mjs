// A round with a package's fetch in a runtime without one: no Request, Response or Headers. Its argument names the package.
import process from "node:process";
import { createSharing } from "dbsharing";
import { memoryStore } from "dbsharing/stores/memory";

const packages = {
  "node-fetch": async () => (await import("node-fetch")).default,
  "node-fetch2": async () => (await import("node-fetch2")).default,
  undici: async () => (await import("undici")).fetch,
  nodeFetch: async () => (await import("dbsharing/http")).nodeFetch(),
};

const events = [];
for (const event of ["uncaughtException", "unhandledRejection"]) process.on(event, (error) => events.push(String(error?.stack)));
const globals = ["fetch", "Request", "Response", "Headers"].filter((name) => name in globalThis);
const fetch = await packages[process.argv[2]]();
const sharing = createSharing({ taskId: "task", serviceUrl: process.env.SERVICE_URL, db: memoryStore(), logger: null, fetch });
const rounds = [await sharing.share(), await sharing.share()];
const faults = rounds.flatMap(({ error, peers }) => [error, ...peers]).map((one) => one?.message).filter(Boolean);
console.log(JSON.stringify({ globals, events, faults, inserted: rounds[0].totals.inserted, known: rounds[1].totals.known }));
