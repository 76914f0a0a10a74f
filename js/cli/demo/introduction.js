// What a newcomer needs to follow the demo: who takes part, and what a round and a digest are.

import { count } from "../output.js";

const NAME_WIDTH = 17;

/** The lines before the first event. `interval` is in seconds; with `hasDatabase` the nodes keep their records on the disk. */
export function introductionLines({ nodes, interval, hasDatabase }, style) {
  const database = hasDatabase ? "in a LevelDB of its own" : "in memory; if classic-level is installed, in a database";
  const cast = [
    [count(nodes, "node"), `${nodes === 1 ? "" : "each "}keeps its records ${database}`],
    ["hand-written peer", "a program without this package: serves its records, pulls and verifies those of others"],
    ["hostile peer", "serves forged records and error pages"],
    ["dead address", "is listed as a node, but nothing answers there"],
  ];
  return [
    `${style.bold("dbsharing demo")}  signed records spread from node to node, all on this machine`,
    "",
    ...cast.map(([name, text]) => `  ${name.padEnd(NAME_WIDTH)}  ${style.dim(text)}`),
    "",
    `In a round a node asks the others for new records, here every ${interval === 1 ? "second" : `${interval} s`}.`,
    "Equal digests mean the same records, byte for byte.",
    "",
  ];
}
