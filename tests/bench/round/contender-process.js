// `node contender-process.js CONTENDER SETTINGS`: one contender in a process of its own, which does what its parent asks.
import { measured, warmUp } from "../stopwatch.js";
import { answerQuestions } from "./child.js";
import { contenders } from "./contenders.js";
import { StallWatch, knownStall } from "./stalls.js";
import { nodesUrl, summaryOf } from "./task.js";

const [id, settingsText] = process.argv.slice(2);
const settings = JSON.parse(settingsText);
let node;
let loading;
const loaded = () => (loading ??= contenders[id].load());

answerQuestions({
  /** Runs a first and a second round of nodes that are then dropped, so that the code of both kinds is warm. */
  async warmUp(ms) {
    const makeNode = await loaded();
    await warmUp(ms, async () => {
      const forgotten = await makeNode(settings);
      await forgotten.round();
      await forgotten.round();
    });
  },

  /** Makes a node that holds nothing. Returns how long it takes until the node is made and its wasm is compiled. */
  async begin() {
    const makeNode = await loaded();
    const began = performance.now();
    node = await makeNode(settings);
    node.ready?.();
    return { createMs: performance.now() - began };
  },

  /** Waits until the service and its peers answer. Returns how long the first fetch of this process holds up the loop. */
  async meetPeers() {
    const watch = new StallWatch();
    await watch.begin();
    const nodes = await (await fetch(nodesUrl(settings.serviceUrl))).json();
    const answers = await Promise.all(nodes.map(({ data }) => fetch(data.url)));
    await Promise.all(answers.map((answer) => answer.arrayBuffer()));
    return { firstFetchStallMs: await watch.end() };
  },

  knownStall: () => knownStall(),

  round: () => node.round(),

  async measuredRound() {
    const watch = new StallWatch();
    const { result, time } = await measured(
      () => node.round(),
      () => watch.begin(),
    );
    const stallMs = await watch.end();
    const peakMb = process.resourceUsage().maxRSS / 1024;
    return { ...extrapolated(result, { ...time, stallMs }), peakMb };
  },

  summary: async () => summaryOf(await node.records()),
});

/** If only a sample of the records of each peer was verified, its time is extrapolated to the rest. */
function extrapolated({ samples = [], ...counts }, times) {
  const left = samples.map(({ wallMs, cpuMs, verified, left }) => {
    return { wallMs: (wallMs / verified) * left, cpuMs: (cpuMs / verified) * left };
  });
  const sum = (name) => left.reduce((total, rest) => total + rest[name], 0);
  return {
    ...counts,
    wallMs: times.wallMs + sum("wallMs"),
    cpuMs: times.cpuMs + sum("cpuMs"),
    stallMs: times.stallMs + Math.max(0, ...left.map(({ wallMs }) => wallMs)),
    isEstimated: samples.some(({ left }) => left > 0),
  };
}
