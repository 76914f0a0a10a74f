// `node contender-process.js CONTENDER SETTINGS`: one contender in a process of its own, which is told what to do.
import { measured, warmUp } from "../stopwatch.js";
import { answerQuestions } from "./child.js";
import { contenders } from "./contenders.js";
import { StallWatch, measuredStall } from "./stalls.js";
import { summaryOf } from "./task.js";

/** So long the loop is held on purpose, to see whether that is what is measured. */
const DELIBERATE_STALL_MS = 50;

const [id, settingsText] = process.argv.slice(2);
const settings = JSON.parse(settingsText);
let newNode;
let node;

answerQuestions({
  /** Runs rounds of nodes that are then forgotten: a first one and a second one each, so that both kinds are warm. */
  async warmUp(ms) {
    newNode = await contenders[id].load();
    await warmUp(ms, async () => {
      const forgotten = await newNode(settings);
      await forgotten.round();
      await forgotten.round();
    });
    return measuredStall(DELIBERATE_STALL_MS);
  },

  /** Begins with a node that holds nothing. */
  async begin() {
    node = await newNode(settings);
  },

  round: () => node.round(),

  async measuredRound() {
    const watch = new StallWatch();
    const { result, time } = await measured(() => node.round(), () => watch.begin());
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
