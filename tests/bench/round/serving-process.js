// `node serving-process.js PACKAGE DATABASE SETTINGS`: one node in a process of its own, whose records are asked for.
//
// It got them as nodes do, by a round. They are read from it in two ways: in this process, through `handle`, and by
// another process over HTTP.
import { once } from "node:events";
import http from "node:http";
import { join } from "node:path";
import { importFrom } from "../packages.js";
import { measured, warmUp } from "../stopwatch.js";
import { Child, answerQuestions } from "./child.js";
import { databases } from "./databases.js";
import { MemoryWatch } from "./memory.js";
import { StallWatch, knownStall } from "./stalls.js";
import { TASK_ID, recordsUrl, summaryOf } from "./task.js";

/** A database that does not tell of changes is read again for a request after five seconds. */
const BETWEEN_REQUESTS_MS = 6_000;

const [packageId, database, settingsText] = process.argv.slice(2);
const { serviceUrl, peerTimeoutMs, folder } = JSON.parse(settingsText);
const { createSharing } = await importFrom(packageId, "js/index.js");
const { nodeHandler } = await importFrom(packageId, "js/http.js");
const reader = new Child("reader-process.js");
let nodesSoFar = 0;
let node;

class ServingNode {
  #sharing;
  #server;
  #close;

  /** A node over a new database, which has had a round. */
  async open() {
    nodesSoFar += 1;
    const { db, close } = await databases[database].open(packageId, join(folder, `${process.pid}-${nodesSoFar}`));
    this.#close = close;
    this.#sharing = createSharing({ taskId: TASK_ID, serviceUrl, peerTimeoutMs, db });
    this.#server = http.createServer(nodeHandler(this.#sharing)).listen(0, "127.0.0.1");
    await once(this.#server, "listening");
    const { ok, error, totals } = await this.#sharing.share();
    if (!ok || totals.inserted === 0) throw new Error(`the node got no records: ${JSON.stringify(error ?? totals)}`);
    return this;
  }

  put(record) {
    return this.#sharing.put(record);
  }

  async readInProcess() {
    const response = await this.#sharing.handle(new Request(recordsUrl("http://localhost")));
    const chunks = [];
    const body = response.body.getReader();
    for (let { done, value } = await body.read(); !done; { done, value } = await body.read()) chunks.push(value);
    return { chunks };
  }

  readOverHttp() {
    return reader.ask("read", recordsUrl(`http://127.0.0.1:${this.#server.address().port}`));
  }

  async close() {
    this.#server.closeAllConnections?.();
    this.#server.close();
    await this.#close();
  }
}

answerQuestions({
  /** Lets nodes that are then forgotten be asked in both ways. */
  warmUp: (ms) =>
    warmUp(ms, async () => {
      const forgotten = await new ServingNode().open();
      await forgotten.readInProcess();
      await forgotten.readOverHttp();
      await forgotten.close();
    }),

  async begin() {
    node = await new ServingNode().open();
  },

  /** Stores one record more, so that nothing is ready which only helps where nothing changes. */
  async put(record) {
    const { stored, code } = await node.put(record);
    if (!stored) throw new Error(`a record was not stored: ${code}`);
  },

  inProcess: () => watched(() => node.readInProcess()),
  overHttp: () => watched(() => node.readOverHttp()),
  knownStall: () => knownStall(),

  /** What the body says that the node holds. */
  async summary() {
    const { chunks } = await node.readInProcess();
    const text = Buffer.concat(chunks).toString();
    return { ...summaryOf(JSON.parse(text).map(({ value }) => value)), bytes: Buffer.byteLength(text) };
  },
});

/** What one reading took of this process; the wall time is the reader's, where it says one. */
async function watched(read) {
  letTimeGoBy(BETWEEN_REQUESTS_MS);
  const [stalls, memory] = [new StallWatch(), new MemoryWatch()];
  const { result, time } = await measured(read, async () => {
    await stalls.begin();
    memory.begin();
  });
  const ofMemory = memory.end();
  const { wallMs = time.wallMs, bytes = lengthOf(result.chunks) } = result;
  return { wallMs, cpuMs: time.cpuMs, stallMs: await stalls.end(), ...ofMemory, bytes };
}

const lengthOf = (chunks) => chunks.reduce((sum, { length }) => sum + length, 0);

/** The package has no other clock for this, and to wait would take minutes. */
function letTimeGoBy(ms) {
  const { now } = performance;
  Object.defineProperty(performance, "now", { value: () => now.call(performance) + ms, configurable: true });
}
