// dbsharing demo: a whole network on this machine, honest nodes among odd and hostile peers, until all agree.

import { rmSync } from "node:fs";
import { mkdtemp } from "node:fs/promises";
import { constants, tmpdir } from "node:os";
import { join } from "node:path";

import { ExitCode, cannotRun } from "../command-error.js";
import { countUnexpected, faultsOfBody, faultsOfLegacyBody } from "../demo/body-faults.js";
import { introductionLines } from "../demo/introduction.js";
import { Network, TASK_ID, bodyOf, listUrlOf } from "../demo/network.js";
import { nextCommands, nextLines } from "../demo/next-commands.js";
import { Processes } from "../demo/processes.js";
import { makeRecords } from "../demo/records.js";
import { createScreen } from "../demo/network-screen.js";
import { summaryLines, totalsOf } from "../demo/summary.js";
import { reasonOf } from "../input.js";
import { count } from "../output.js";
import { untilStopped } from "../until-stopped.js";

const AGREE_WITHIN_MS = 120_000;
/** What a shell gives for a process that a signal has ended. */
const SIGNAL_BASE = 128;

export const command = {
  name: "demo",
  usage: "[--nodes N] [--records N] [--interval SECONDS] [--keep] [--json]",
  description:
    "Runs a whole network on this machine: a service, several nodes, a peer written by hand without this package, a\n" +
    "hostile peer and a dead address. Publishes signed records on different nodes, edits some on others, shows how all\n" +
    "nodes come to hold the same, checks what they hold, and says how to go on with a node of your own. It needs no\n" +
    "other package; where classic-level is installed, the nodes keep their records in databases. Ends with 1 if the\n" +
    "nodes do not agree, or hold what is forged.",
  options: {
    nodes: {
      type: "string",
      placeholder: "N",
      default: 5,
      integer: [1, 30],
      value: "a number of nodes",
      says: "how many nodes; where they are many, give a longer --interval",
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
      unit: "seconds",
      value: "seconds",
      says: "from one round of a node to its next",
    },
    keep: { type: "boolean", says: "leave the network running until Ctrl-C, and its databases after that" },
  },
  jsonSays: "print one JSON object a line: started, published, round, edited, agreed, and summary, whose next is how to go on",
  notes: ["A signal before there is a result ends it with 128 and the signal's number: 130 for SIGINT, 143 for SIGTERM."],
  examples: ["dbsharing demo", "dbsharing demo --nodes 10 --records 100 --keep"],
  run,
};

async function run({ values, output }) {
  const stopped = untilStopped();
  withoutProxy();
  const hasDatabase = await isDriverInstalled();
  const processes = new Processes();
  const folder = await temporaryFolder();
  // At the exit, however it comes, and after the processes that write there were ended.
  if (!values.keep || !hasDatabase) process.once("exit", () => rmSync(folder, { recursive: true, force: true }));
  const demo = new Demo({ values, output, processes, folder, hasDatabase });
  try {
    const exitCode = await Promise.race([demo.play(), processes.failed, stopped.then(codeOfSignal)]);
    if (values.keep && exitCode < SIGNAL_BASE) await Promise.race([stopped, processes.failed]);
    return exitCode;
  } finally {
    demo.screen.end();
    await processes.stopAll();
  }
}

async function temporaryFolder() {
  try {
    return await mkdtemp(join(tmpdir(), "dbsharing-demo-"));
  } catch (cause) {
    throw cannotRun(`cannot make a folder in ${tmpdir()}: ${reasonOf(cause, "folder")}; set TMPDIR to another folder`, cause);
  }
}

function codeOfSignal(signal) {
  return SIGNAL_BASE + (constants.signals[signal] ?? constants.signals.SIGTERM);
}

// Nothing leaves this machine, and a proxy would not find what listens here.
function withoutProxy() {
  for (const name of ["no_proxy", "NO_PROXY"]) process.env[name] = "*";
}

// It may also be there without a binary for this machine.
function isDriverInstalled() {
  return import("classic-level").then(
    () => true,
    () => false,
  );
}

class Demo {
  #startedAtMs = Date.now();

  constructor({ values, output, processes, folder, hasDatabase }) {
    Object.assign(this, { values, output, folder, hasDatabase });
    Object.assign(this, { screen: createScreen(output), network: new Network(processes) });
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
    const { folder, records, hasDatabase } = this;
    const { nodes, interval } = this.values;
    const { style } = this.output;
    for (const line of introductionLines({ nodes, interval, hasDatabase }, style)) this.screen.note(line);
    this.stopTelling = this.network.onChange((who, { event, ...round }) => {
      this.screen.show(this.network, this.records.expected.size);
      if (event === "round") this.output.event({ event, node: who.name, ...round });
    });
    await this.network.start({ folder, records, nodes, intervalMs: interval * 1000, hasDatabase });
    this.output.event({ event: "started", database: hasDatabase ? "level" : "memory", ...this.addresses() });
  }

  // Publishes, then edits. The rounds that it took to agree, or undefined if that took too long.
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
    const legacyBody = await bodyOf(this.network.legacy);
    faults.push(...named("the hand-written peer", faultsOfLegacyBody(legacyBody, expected)));
    const ok = faults.length === 0;
    return {
      ok,
      faults,
      nodes: nodes.length,
      records: {
        expected: expected.size,
        published: published.length,
        edited: edits.length,
        legacy: legacy.length,
        claims: claims.length,
        acceptedByLegacyOnly: countUnexpected(legacyBody, expected),
      },
      digest: nodes[0].rounds.at(-1)?.digest,
      agreement,
      totals: totalsOf(nodes),
      durationMs: Date.now() - this.#startedAtMs,
      next: ok ? await nextCommands(this.hasDatabase) : undefined,
    };
  }

  // The last word: a round that ends later is not shown.
  showResult(result) {
    this.stopTelling();
    this.screen.end();
    if (!this.output.isLive) this.output.line();
    for (const line of summaryLines(result, this.output.style)) this.output.line(line);
    if (result.ok) for (const line of nextLines(result.next, this.output.style)) this.output.line(line);
    this.output.event({ event: "summary", ...result });
  }

  showAddresses() {
    const { nodes, service, legacy, hostile } = this.network;
    const rows = [
      ["service", `${service.url}/nodes/${TASK_ID}`],
      ...nodes.map((node) => [node.name, listUrlOf(node)]),
      ["hand-written peer", listUrlOf(legacy)],
      ["hostile peer", listUrlOf(hostile)],
      ...(this.hasDatabase ? [["databases", this.folder]] : []),
    ];
    this.output.line();
    this.output.line(this.output.style.bold("The network of the demo runs on, until Ctrl-C"));
    this.output.line();
    for (const [name, address] of rows) this.output.line(`  ${name.padEnd(17)}  ${address}`);
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
