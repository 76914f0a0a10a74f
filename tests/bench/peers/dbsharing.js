// dbsharing with its records in LevelDB, served by node:http.
import { join } from "node:path";
import { ClassicLevel } from "classic-level";
import { nodeHandler } from "../../../js/http.js";
import { createSharing } from "../../../js/index.js";
import { levelStore } from "../../../js/stores/level.js";
import { TASK_ID } from "../round/task.js";
import { listening } from "./listening.js";

export async function open(folder) {
  const db = new ClassicLevel(join(folder, "records"));
  const peers = [];
  const sharing = createSharing({
    taskId: TASK_ID,
    serviceUrl: false,
    peers: () => peers,
    allowPrivateNetworks: true,
    db: levelStore(db),
    logger: null,
  });
  const server = await listening(nodeHandler(sharing));
  return new Node(sharing, db, peers, server);
}

class Node {
  #sharing;
  #db;
  #peers;
  #server;

  constructor(sharing, db, peers, server) {
    this.#sharing = sharing;
    this.#db = db;
    this.#peers = peers;
    this.#server = server;
    this.url = server.url;
  }

  meet(url) {
    this.#peers.push(url);
  }

  async put(records) {
    const results = await this.#sharing.putMany(records);
    const failed = results.find(({ stored }) => !stored);
    if (failed) throw new Error(`a record was not stored: ${JSON.stringify(failed)}`);
  }

  async sync() {
    const report = await this.#sharing.share();
    const isSynced = report.ok && report.peers.every(({ outcome }) => outcome === "synced" || outcome === "unchanged");
    if (!isSynced) throw new Error(`the round failed: ${JSON.stringify(report)}`);
  }

  async records() {
    const records = [];
    for await (const record of this.#sharing.records()) records.push(record);
    return records;
  }

  async close() {
    await this.#sharing.stop();
    await this.#server.close();
    await this.#db.close();
  }
}
