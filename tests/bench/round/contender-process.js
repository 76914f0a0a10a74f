// `node contender-process.js CONTENDER SETTINGS`: one contender in a process of its own, which is told what to do.
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
  /** Runs rounds of nodes that are then forgotten: a first one and a second one each, so that both kinds are warm. */
  async warmUp(ms) {
    const makeNode = await loaded();
    await warmUp(ms, async () => {
      const forgotten = await makeNode(settings);
      await forgotten.round();
      await forgotten.round();
    });
  },

  /** Begins with a node that holds nothing: how long it takes until it is made and its wasm is compiled. */
  async begin() {
    const makeNode = await loaded();
    const began = performance.now();
    node = await makeNode(settings);
    node.ready?.();
    return { createMs: performance.now() - began };
  },

  /** Waits until the service and its peers answer: how long that holds the loop where nothing was fetched before. */
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

/** Where only a sample of each peer's records was judged, its time stands for the rest, too. */
function extrapolated({ judging = [], ...counts }, times) {
  const left = judging.map(({ wallMs, cpuMs, judged, left }) => {
    return { wallMs: (wallMs / judged) * left, cpuMs: (cpuMs / judged) * left };
  });
  const sum = (name) => left.reduce((total, rest) => total + rest[name], 0);
  return {
    ...counts,
    wallMs: times.wallMs + sum("wallMs"),
    cpuMs: times.cpuMs + sum("cpuMs"),
    stallMs: times.stallMs + Math.max(0, ...left.map(({ wallMs }) => wallMs)),
    isEstimated: judging.some(({ left }) => left > 0),
  };
}
