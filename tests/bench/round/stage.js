// Plays a scenario with one contender: its peers serve, it runs its rounds, and both sides are counted.
import { Child } from "./child.js";
import { contenders } from "./contenders.js";
import { countOf } from "./scenarios.js";
import { Pair } from "./exchanges.js";
import { servingPass } from "./serving.js";
import { summaryOf } from "./task.js";

/** How many records a contender that only verifies a sample verifies in a round, and at least of each peer. */
const SAMPLE = 100;
const MIN_SAMPLE_OF_PEER = 20;
/** How many records of other keys warm a contender up; fewer, of all peers together, for a slow one. */
const WARM_UP = 1_000;
const WARM_UP_SAMPLED = 10;

export class Stage {
  #peers = new Child("peers-process.js");
  #bodies;
  #options;
  #folder;
  /** By how many records they hold. */
  #pairs = new Map();

  constructor(options, bodies, folder) {
    this.#options = options;
    this.#bodies = bodies;
    this.#folder = folder;
  }

  /** Throws if nodes that differed do not hold the same now. */
  async end() {
    await this.#peers.end();
    try {
      for (const pair of this.#pairs.values()) await pair.check();
    } finally {
      for (const pair of this.#pairs.values()) await pair.end();
    }
  }

  /** One pass: the times and counts of each of its turns. Throws if the contender ends with other records. */
  pass(scenario, id) {
    if (scenario.kind === "exchange") return this.#exchange(scenario);
    if (scenario.kind === "holding") return this.#holding(scenario);
    if (scenario.kind !== "serving") return this.#roundsPass(scenario, id);
    const stage = { peers: this.#peers, bodies: this.#bodies, options: this.#options, folder: this.#folder };
    return servingPass(stage, scenario, id);
  }

  async #exchange(scenario) {
    const count = countOf(scenario, this.#options.records);
    if (!this.#pairs.has(count)) this.#pairs.set(count, await new Pair().open(count, this.#folder));
    return [await this.#pairs.get(count).exchange(scenario)];
  }

  async #holding(scenario) {
    const count = countOf(scenario, this.#options.records);
    const child = new Child("holding-process.js", [String(count), String(scenario.perOwner)]);
    try {
      return [{ ...(await child.ask("measure")), ...(await child.ask("knownStall")) }];
    } finally {
      await child.end();
    }
  }

  async #roundsPass(scenario, id) {
    const count = countOf(scenario, this.#options.records);
    const sample = contenders[id].sampled ? Math.max(MIN_SAMPLE_OF_PEER, SAMPLE / scenario.serving) : count;
    const serviceUrl = await this.#peers.ask("open", scenario.peers);
    const settings = { serviceUrl, peerTimeoutMs: scenario.peerTimeoutMs, sample, folder: this.#folder };
    const child = new Child("contender-process.js", [id, JSON.stringify(settings)]);
    try {
      if (scenario.kind !== "fresh") await this.#warmUp(child, scenario, id);
      const { turns, records, ...beginning } = await this.#rounds(child, scenario, count, sample >= count);
      if (!contenders[id].holdsNothing) await compare(child, id, scenario, records.slice(0, sample));
      const known = await child.ask("knownStall");
      return turns.map((turn) => ({ ...turn, ...beginning, ...known }));
    } finally {
      await child.end();
    }
  }

  async #warmUp(child, { peers, tagged }, id) {
    const most = contenders[id].sampled ? Math.ceil(WARM_UP_SAMPLED / peers) : WARM_UP;
    const count = Math.min(most, this.#options.records);
    await this.#peers.ask("serve", { path: this.#bodies.warmUp(count), serving: peers, tagged });
    await child.ask("warmUp", this.#options.warmUpMs);
  }

  /** The turns, and the records that a node should end with. A contender that only verifies a sample gets a single turn. */
  async #rounds(child, scenario, count, verifiesAll) {
    let { records, path } = this.#bodies.sound(count);
    await this.#serve(scenario, path);
    const beginning = await child.ask("begin");
    if (scenario.kind === "fresh") Object.assign(beginning, await child.ask("meetPeers"));
    if (scenario.held) await child.ask("round");
    const turns = [];
    for (let turn = 1; turn <= (verifiesAll ? scenario.turns : 1); turn += 1) {
      if (scenario.edits) {
        ({ records, path } = this.#bodies.edited(count, turn, scenario.turns));
        await this.#serve(scenario, path);
      }
      turns.push(await this.#turn(child, scenario));
    }
    return { turns, records, ...beginning };
  }

  #serve({ serving, tagged }, path) {
    return this.#peers.ask("serve", { path, serving, tagged });
  }

  async #turn(child, { peers, serving }) {
    const before = await this.#peers.ask("counts");
    const turn = await child.ask("measuredRound");
    const after = await this.#peers.ask("counts");
    const hanging = peers - serving;
    if (turn.failedPeers !== hanging) throw new Error(`${turn.failedPeers} peers failed, while ${hanging} hang`);
    return { ...turn, bytes: after.bytes - before.bytes, requests: after.requests - before.requests };
  }
}

async function compare(child, id, scenario, wanted) {
  const [held, expected] = [await child.ask("summary"), summaryOf(wanted)];
  if (held.count === expected.count && held.hash === expected.hash) return;
  const are = held.count === expected.count ? "other records" : `${held.count} records instead of ${expected.count}`;
  throw new Error(`"${contenders[id].name}" ends "${scenario.id}" with ${are}`);
}
