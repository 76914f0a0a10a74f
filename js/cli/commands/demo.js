// dbsharing demo: a whole network on this machine, honest nodes among odd and hostile peers, until all agree.

import { rmSync } from "node:fs";
import { mkdtemp } from "node:fs/promises";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { ExitCode, missingDriver } from "../command-error.js";
import { faultsOfBody, faultsOfLegacyBody } from "../demo/check.js";
import { Network, TASK_ID, bodyOf, listUrlOf } from "../demo/network.js";
import { Processes } from "../demo/processes.js";
import { makeRecords } from "../demo/records.js";
import { createScreen } from "../demo/screen.js";
import { summaryLines, totalsOf } from "../demo/summary.js";
import { count } from "../output.js";
import { untilStopped } from "../until-stopped.js";

const DRIVERS = ["classic-level", "express", "tweetnacl", "bs58"];
const AGREE_WITHIN_MS = 60_000;
const INTERRUPTED = 130;

export const command = {
  name: "demo",
  usage: "[--nodes N] [--records N] [--interval SECONDS] [--keep] [--json]",
  description:
    "Runs a service, nodes with a database each, a seed-style peer, a dead address and a hostile peer, all as\n" +
    "processes on this machine. Publishes signed records on different nodes, edits some on others, shows how the nodes\n" +
    "come to hold the same, and judges for itself what they hold. Ends with 1 if they do not agree, or hold what is\n" +
    "forged.",
  options: {
    nodes: {
      type: "string",
      placeholder: "N",
      default: 5,
      integer: [1, 30],
      value: "a number of nodes",
      says: "how many nodes",
    },
    records: {
      type: "string",
      placeholder: "N",
      default: 20,
      integer: [1, 10_000],
      value: "a number of records",
      says: "how many records are published on each node",
    },
    interval: {
      type: "string",
      placeholder: "SECONDS",
      default: 1,
      number: [0.1, 60],
      value: "seconds",
      says: "from one round of a node to its next",
    },
    keep: { type: "boolean", says: "leave the network running until Ctrl-C, and its databases after that" },
  },
  jsonSays: "print one JSON object a line: started, published, round, edited, agreed, summary",
  examples: ["dbsharing demo", "dbsharing demo --nodes 10 --records 100 --keep"],
  run,
};

async function run({ values, output }) {
  checkDrivers();
  const stopped = untilStopped();
  const processes = new Processes();
  const folder = await mkdtemp(join(tmpdir(), "dbsharing-demo-"));
  // At the exit, however it comes, and after the processes that write there were ended.
  if (!values.keep) process.once("exit", () => rmSync(folder, { recursive: true, force: true }));
  const demo = new Demo({ values, output, processes, folder });
  try {
    const exitCode = await Promise.race([demo.play(), processes.failed, stopped.then(() => INTERRUPTED)]);
    if (values.keep && exitCode !== INTERRUPTED) await Promise.race([stopped, processes.failed]);
    return exitCode;
  } finally {
    demo.screen.end();
    await processes.stopAll();
  }
}

function checkDrivers() {
  const { resolve } = createRequire(import.meta.url);
  const missing = DRIVERS.filter((name) => {
    try {
      return !resolve(name);
    } catch {
      return true;
    }
  });
  if (missing.length > 0) throw missingDriver("dbsharing demo", missing.join(" "));
}

class Demo {
  #startedAtMs = Date.now();

  constructor({ values, output, processes, folder }) {
    Object.assign(this, { values, output, folder, screen: createScreen(output), network: new Network(processes) });
    this.records = makeRecords({ nodes: values.nodes, recordsPerNode: values.records, nowMs: Date.now() });
  }

  async play() {
    await this.start();
    const agreement = await this.agree();
    const result = await this.judge(agreement);
    this.showResult(result);
    if (this.values.keep) this.showAddresses();
    return result.ok ? ExitCode.done : ExitCode.negative;
  }

  async start() {
    const { nodes, interval } = this.values;
    const cast = `${count(nodes, "node")}, a seed-style peer, a hostile peer and a dead address, all on this machine`;
    this.screen.note(`${this.output.style.bold("dbsharing demo")}  ${cast}`);
    this.stopTelling = this.network.onChange((who, { event, ...round }) => {
      this.screen.show(this.network, this.records.expected.size);
      if (event === "round") this.output.event({ event, node: who.name, ...round });
    });
    await this.network.start({ folder: this.folder, records: this.records, nodes, intervalMs: interval * 1000 });
    this.output.event({ event: "started", ...this.addresses() });
  }

  // Publishes, then edits. Gives the rounds that it took to agree, or undefined if that took too long.
  async agree() {
    const { published, edits } = this.records;
    const deadlineMs = Date.now() + AGREE_WITHIN_MS;
    const rounds = await this.#write("published", published, deadlineMs);
    if (rounds === undefined) return undefined;
    const roundsAfterEdits = await this.#write("edited", edits, deadlineMs);
    if (roundsAfterEdits === undefined) return undefined;
    await this.#legacyCatchesUp(deadlineMs);
    return { rounds, roundsAfterEdits };
  }

  async #write(what, writes, deadlineMs) {
    await this.network.publish(writes);
    const sinceMs = Date.now();
    this.#tell(`${count(writes.length, "record")} ${what}, each on one node only`, {
      event: what,
      records: writes.length,
    });
    const agreed = await this.network.until(() => this.network.agrees(sinceMs, this.records.expected.size), deadlineMs);
    if (!agreed) return undefined;
    const rounds = this.network.roundsSince(sinceMs);
    this.#tell(`all nodes agree, after ${count(rounds, "round")}`, { event: "agreed", after: what, rounds });
    return rounds;
  }

  // Looks again after each of its passes; at the deadline `judge` says what it lacks.
  async #legacyCatchesUp(deadlineMs) {
    const { legacy } = this.network;
    const lacksSome = async () => faultsOfLegacyBody(await bodyOf(legacy), this.records.expected).length > 0;
    while (await lacksSome()) {
      if (!(await this.network.until((who) => who === legacy, deadlineMs))) return;
    }
  }

  #tell(text, event) {
    const seconds = ((Date.now() - this.#startedAtMs) / 1000).toFixed(1);
    this.screen.note(`${this.output.style.dim(`${seconds.padStart(5)} s`)}  ${text}`);
    this.output.event(event);
  }

  // Believes no node: fetches what each serves, and holds it against what each must hold.
  async judge(agreement) {
    const { published, edits, legacy, claims, expected } = this.records;
    const { nodes } = this.network;
    const faults = agreement ? [] : [`the nodes did not agree within ${AGREE_WITHIN_MS / 1000} s`];
    for (const node of nodes) faults.push(...named(node.name, faultsOfBody(await bodyOf(node), expected)));
    faults.push(...named("the seed-style peer", faultsOfLegacyBody(await bodyOf(this.network.legacy), expected)));
    return {
      ok: faults.length === 0,
      faults,
      nodes: nodes.length,
      records: {
        expected: expected.size,
        published: published.length,
        edited: edits.length,
        legacy: legacy.length,
        claims: claims.length,
      },
      digest: nodes[0].rounds.at(-1)?.digest,
      agreement,
      totals: totalsOf(nodes),
      durationMs: Date.now() - this.#startedAtMs,
    };
  }

  // The last word: a round that ends later is not told of.
  showResult(result) {
    this.stopTelling();
    this.screen.end();
    if (!this.output.isLive) this.output.line();
    for (const line of summaryLines(result, this.output.style)) this.output.line(line);
    this.output.event({ event: "summary", ...result });
  }

  showAddresses() {
    const { nodes, service, legacy, hostile } = this.network;
    const rows = [
      ["service", `${service.url}/nodes/${TASK_ID}`],
      ...nodes.map((node) => [node.name, listUrlOf(node)]),
      ["seed-style peer", listUrlOf(legacy)],
      ["hostile peer", listUrlOf(hostile)],
      ["databases", this.folder],
    ];
    this.output.line();
    for (const [name, address] of rows) this.output.line(`  ${name.padEnd(15)}  ${address}`);
    this.output.line();
    this.output.line("It runs until Ctrl-C.");
  }

  addresses() {
    const { nodes, service, legacy, hostile, dead } = this.network;
    const where = ({ name, url, pid }) => ({ ...(name && { name }), url, pid });
    const others = { service: where(service), legacy: where(legacy), hostile: where(hostile), dead };
    return { nodes: nodes.map(where), ...others, folder: this.folder };
  }
}

function named(name, faults) {
  return faults.map((fault) => `${name}: ${fault}`);
}
