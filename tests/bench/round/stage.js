// Acts out a scenario with one contender: its peers serve, it runs its rounds, and both sides are counted.
import { Child } from "./child.js";
import { contenders } from "./contenders.js";
import { countOf } from "./scenarios.js";
import { servingPass } from "./serving.js";
import { summaryOf } from "./task.js";

/** One that judges a sample judges so many records in a round, and at least so many of each peer. */
const SAMPLE = 100;
const MIN_SAMPLE_OF_PEER = 20;
/** So many records of other keys are enough to be warm; fewer, of all peers together, where each takes long. */
const WARM_UP = 1_000;
const WARM_UP_SAMPLED = 10;

export class Stage {
  #peers = new Child("peers-process.js");
  #bodies;
  #options;
  #folder;

  constructor(options, bodies, folder) {
    this.#options = options;
    this.#bodies = bodies;
    this.#folder = folder;
  }

  end() {
    return this.#peers.end();
  }

  /** One pass: what each of its turns took and counted. Throws a sentence where the contender holds other records. */
  pass(scenario, id) {
    if (scenario.kind !== "serving") return this.#roundsPass(scenario, id);
    const stage = { peers: this.#peers, bodies: this.#bodies, options: this.#options, folder: this.#folder };
    return servingPass(stage, scenario, id);
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

  /** The turns, and the records that a node ends with. One that judges a sample gets a single turn. */
  async #rounds(child, scenario, count, judgesAll) {
    let { records, path } = this.#bodies.sound(count);
    await this.#serve(scenario, path);
    const beginning = await child.ask("begin");
    if (scenario.kind === "fresh") Object.assign(beginning, await child.ask("meetPeers"));
    if (scenario.held) await child.ask("round");
    const turns = [];
    for (let turn = 1; turn <= (judgesAll ? scenario.turns : 1); turn += 1) {
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
