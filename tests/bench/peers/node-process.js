// `node node-process.js CONTENDER`: one end, in a process of its own, which does what its parent asks.
import { mkdir } from "node:fs/promises";
import { answerQuestions } from "../round/child.js";
import { StallWatch, knownStall } from "../round/stalls.js";
import { summaryOf } from "../round/task.js";
import { measured } from "../stopwatch.js";
import { contenders } from "./contenders.js";

const open = await contenders[process.argv[2]].load();
let node;
let watch;
let cpuBefore;

answerQuestions({
  /** Opens a node that holds nothing in a new folder, instead of the one before. Returns its url. */
  async open(folder) {
    await node?.close();
    await mkdir(folder, { recursive: true });
    node = await open(folder);
    return node.url;
  },

  meet: (url) => node.meet(url),
  put: (records) => node.put(records),

  /** Begins to watch this process, without the garbage of what it did before. */
  async watch() {
    watch = new StallWatch();
    await measured(() => watch.begin());
    cpuBefore = process.cpuUsage();
  },

  /** How long it takes, in milliseconds. */
  async sync(bothWays) {
    const began = performance.now();
    await node.sync(bothWays);
    return performance.now() - began;
  },

  /** What this process did since `watch`. */
  async seen() {
    const { user, system } = process.cpuUsage(cpuBefore);
    return { cpuMs: (user + system) / 1000, stallMs: await watch.end() };
  },

  summary: async () => summaryOf(await node.records()),
  knownStall: () => knownStall(),
});
