// The network of the demo: who takes part, what each node last reported, and when the nodes agree.

import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

import { negativeResult } from "../command-error.js";
import { postRecord } from "../commands/publish.js";
import { listen } from "../listen.js";
import { register } from "../registration.js";
import { request } from "../request.js";

export const TASK_ID = "demo";

const POST_WITHIN_MS = 60_000;
const BODY_WITHIN_MS = 60_000;
const MAX_BODY_BYTES = 1024 * 1024 * 1024; // of 30 nodes with 10 000 records each
const MAIN = fileURLToPath(new URL("../main.js", import.meta.url));
const LEGACY_PEER = fileURLToPath(new URL("legacy-peer.js", import.meta.url));
const HOSTILE_PEER = fileURLToPath(new URL("hostile-peer.js", import.meta.url));

/** The service, the nodes and the odd peers, each a process of its own. */
export class Network {
  nodes = []; // { name, url, pid, rounds: [{ report, records, digest }] }
  legacy = { records: 0 };
  #processes;
  #listeners = new Set();

  constructor(processes) {
    this.#processes = processes;
  }

  /** Starts everything. Resolves when every process listens and every peer is registered. */
  async start({ folder, records, nodes, intervalMs, hasDatabase }) {
    this.service = await this.#processes.start("the service", MAIN, ["service", "--port", "0", "--json"]);
    await Promise.all([
      this.#startHostile(folder, records.hostile),
      this.#startLegacy(folder, records.legacy, intervalMs),
      ...Array.from({ length: nodes }, (_, index) => this.#startNode({ folder, index, intervalMs, hasDatabase })),
    ]);
    this.dead = { url: await deadAddress() };
    await Promise.all([this.legacy, this.hostile, this.dead].map(({ url }) => this.#register(url)));
  }

  async #startNode({ folder, index, intervalMs, hasDatabase }) {
    const node = { name: `node ${index + 1}`, rounds: [] };
    this.nodes[index] = node;
    this.#changed(node, { event: "starting" });
    const options = {
      "task-id": TASK_ID,
      "service-url": this.service.url,
      port: 0,
      interval: intervalMs / 1000,
    };
    const database = hasDatabase ? `--data=${join(folder, `node-${index + 1}`)}` : "--memory";
    const args = ["node", "--json", database, ...Object.entries(options).map(([name, value]) => `--${name}=${value}`)];
    const process = await this.#processes.start(node.name, MAIN, args, (event) => {
      if (event.event !== "round") return; // its other events are not shown
      node.rounds.push(event);
      this.#changed(node, event);
    });
    Object.assign(node, process);
  }

  async #startHostile(folder, items) {
    const file = join(folder, "hostile.json");
    await writeFile(file, JSON.stringify(items));
    this.hostile = await this.#processes.start("the hostile peer", HOSTILE_PEER, [file]);
  }

  async #startLegacy(folder, records, intervalMs) {
    const file = join(folder, "legacy.json");
    await writeFile(file, JSON.stringify(records));
    this.legacy.records = records.length;
    const args = [file, this.service.url, TASK_ID, String(intervalMs)];
    const process = await this.#processes.start("the hand-written peer", LEGACY_PEER, args, (event) => {
      this.legacy.records = event.records;
      this.#changed(this.legacy, event);
    });
    Object.assign(this.legacy, process);
  }

  async #register(url) {
    const fault = await register(`${this.service.url}/register-node/${TASK_ID}`, url);
    if (fault) throw negativeResult(`the service did not accept ${url}: ${fault}`);
  }

  /** Posts each record to its node. @param {{ record: object, node: number }[]} writes */
  async publish(writes) {
    await Promise.all(
      this.nodes.map(async (node, index) => {
        for (const write of writes.filter((each) => each.node === index)) {
          const answer = await postRecord(`${node.url}/linktree`, write.record, { timeoutMs: POST_WITHIN_MS });
          if (!answer.ok) throw negativeResult(`${node.name} did not accept a record: ${answer.message}`, answer.code);
        }
      }),
    );
  }

  /** Calls `listener(who, event)` at every event of a node or of the hand-written peer. Returns an unsubscribe function. */
  onChange(listener) {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** Resolves with true once `holds(who, event)` is true at some event, or with false at the deadline. */
  until(holds, deadlineMs) {
    return new Promise((resolve) => {
      const settle = (result) => {
        clearTimeout(timer);
        off();
        resolve(result);
      };
      const timer = setTimeout(() => settle(false), Math.max(0, deadlineMs - Date.now()));
      const off = this.onChange((who, event) => holds(who, event) && settle(true));
    });
  }

  /** Whether every node has ended a round begun after `sinceMs`, and all hold the same records, at least `least` of them. */
  agrees(sinceMs, least) {
    const last = this.nodes.map(({ rounds }) => rounds.at(-1));
    const isFresh = last.every((round) => round && round.report.startedAtMs >= sinceMs && round.records >= least);
    return isFresh && new Set(last.map(({ digest }) => digest)).size === 1;
  }

  /** The number of rounds begun after `sinceMs`, of the node with the most. */
  roundsSince(sinceMs) {
    const counts = this.nodes.map(({ rounds }) => rounds.filter(({ report }) => report.startedAtMs >= sinceMs).length);
    return Math.max(...counts);
  }

  #changed(who, event) {
    for (const listener of [...this.#listeners]) listener(who, event);
  }
}

/** Where a peer serves what it holds. */
export function listUrlOf({ url }) {
  return `${url}/task/${TASK_ID}/linktree/all`;
}

/** The body that a peer serves. @throws {CommandError} with exit code 1 if it serves none in time */
export async function bodyOf(peer) {
  const url = listUrlOf(peer);
  const answer = request(url, { timeoutMs: BODY_WITHIN_MS, maxBytes: MAX_BODY_BYTES });
  const { ok, status, body } = await answer.catch(({ code, message }) => {
    throw negativeResult(`${url} could not be read: ${message}`, code);
  });
  if (!ok) throw negativeResult(`${url} answered ${status}`);
  return new Uint8Array(body);
}

// A server listened at this address a moment ago, so nothing else does now.
async function deadAddress() {
  const server = await listen({ host: "127.0.0.1", port: 0 });
  await server.close();
  return server.url;
}
