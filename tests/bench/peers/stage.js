// Plays one run of a contender: a server and a client, each in a process of its own, with new databases.
import { mkdtempSync, rmSync } from "node:fs";
import { join } from "node:path";
import { Child } from "../round/child.js";
import { summaryOf } from "../round/task.js";
import { contenders } from "./contenders.js";
import { Meter } from "./meter.js";
import { planOf } from "./scenarios.js";

/** How many records of other keys are synchronised before anything is measured. */
const WARM_UP = 1_000;
const PROGRAM = "../peers/node-process.js";

export class Stage {
  #folder;
  #plan;
  #warmUpPlan;

  constructor({ records }, folder) {
    this.#folder = folder;
    this.#plan = planOf({ records });
    this.#warmUpPlan = planOf({ records: Math.min(WARM_UP, records), set: "other" });
  }

  /** The bytes of the records that each scenario has to move. */
  get ownBytes() {
    return Object.fromEntries(this.#plan.map(({ id, ownBytes }) => [id, ownBytes]));
  }

  /** The turns of each scenario, by its id, with their times and counts. Throws if an end holds other records than it should. */
  async run(id) {
    const contender = contenders[id];
    const folder = mkdtempSync(join(this.#folder, "run-"));
    const [server, client] = [new Child(PROGRAM, [id]), new Child(PROGRAM, [id])];
    try {
      await playAll({ contender, server, client, folder: join(folder, "warm-up") }, this.#warmUpPlan);
      const turns = await playAll({ contender, server, client, folder: join(folder, "measured") }, this.#plan);
      return { turns, known: await client.ask("knownStall") };
    } finally {
      await Promise.all([server.end(), client.end()]);
      rmSync(folder, { recursive: true });
    }
  }
}

async function playAll({ contender, server, client, folder }, plan) {
  const meters = [new Meter(), new Meter()];
  const toServer = await meters[0].open(await server.ask("open", join(folder, "server")));
  const toClient = await meters[1].open(await client.ask("open", join(folder, "client")));
  const ends = { contender, server, client, meters };
  try {
    await client.ask("meet", toServer);
    await server.ask("meet", toClient);
    const played = {};
    for (const { id, turns, ...scenario } of plan) {
      played[id] = [];
      for (let turn = 0; turn < turns; turn += 1) played[id].push(await play(ends, scenario));
    }
    for (const end of ["server", "client"]) await compare(ends, end, plan.at(-1).held);
    return played;
  } finally {
    for (const meter of meters) await meter.close();
  }
}

/** One turn of a scenario. Ends that are to exchange edits have synchronised in both ways before. */
async function play(ends, { server: ofServer, client: ofClient, bothWays }) {
  const { server, client, meters } = ends;
  if (bothWays) await sync(ends, bothWays);
  if (ofServer.length > 0) await server.ask("put", ofServer);
  if (ofClient.length > 0) await client.ask("put", ofClient);
  const bytesSoFar = () => meters.reduce((sum, { bytes }) => sum + bytes, 0);
  await Promise.all([server.ask("watch"), client.ask("watch")]);
  const before = bytesSoFar();
  const wallMs = await sync(ends, bothWays);
  const bytes = bytesSoFar() - before;
  const [atServer, atClient] = await Promise.all([server.ask("seen"), client.ask("seen")]);
  const stallMs = Math.max(atServer.stallMs, atClient.stallMs);
  return { wallMs, cpuMs: atServer.cpuMs + atClient.cpuMs, bytes, stallMs };
}

/** Where nodes only get, the server synchronises too. Resolves with the milliseconds until both have ended. */
async function sync({ contender, server, client }, bothWays) {
  if (!bothWays || !contender.onlyGets) return client.ask("sync", bothWays);
  if (bothWays === "inTurn") return (await client.ask("sync", bothWays)) + (await server.ask("sync", bothWays));
  const began = performance.now();
  await Promise.all([client.ask("sync", bothWays), server.ask("sync", bothWays)]);
  return performance.now() - began;
}

async function compare(ends, end, wanted) {
  const [held, expected] = [await ends[end].ask("summary"), summaryOf(wanted)];
  if (held.hash === expected.hash) return;
  const are = held.count === expected.count ? "other records" : `${held.count} records instead of ${expected.count}`;
  throw new Error(`the ${end} of "${ends.contender.name}" ends with ${are}`);
}
