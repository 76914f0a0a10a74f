// Real nodes beside simulated ones: what the simulation says of a network can be believed if real nodes do the same.
import { grouped, table, times } from "../table.js";
import { measureRealNodes } from "./real-nodes.js";
import { simulate } from "./simulated.js";

const WORLDS = 10; // chance makes more of a difference between two of them than what is looked for
const MAX_PEERS = 32; // the default of maxPeersPerRound

/** `{ real, simulated }`: `{ rounds, requests, bodyBytes }` of each, the latter two a node and round. */
export async function measureBeside({ seed, ...network }, folder) {
  const simulated = simulatedWorlds(network, seed);
  return { simulated, real: meanOf([await measureRealNodes({ ...network, seed }, folder)]) };
}

function simulatedWorlds({ processes: machines, records, writes }, seed) {
  const network = { machines, records, writes, intervals: writes, peers: Math.min(machines - 1, MAX_PEERS) };
  const worlds = Array.from({ length: WORLDS }, (_, at) => simulate({ ...network, seed: seed + at }));
  return meanOf(worlds.map((world) => ({ ...world, intervals: world.bodyBytesANode / world.bodyBytesARound })));
}

function meanOf(runs) {
  const sum = (of) => runs.reduce((total, run) => total + of(run), 0);
  const intervals = sum((run) => run.intervals);
  return {
    rounds: [0, 1, 2].map((at) => sum(({ rounds }) => rounds[at]) / runs.length),
    requests: sum(({ requestsANode }) => requestsANode) / intervals,
    bodyBytes: sum(({ bodyBytesANode }) => bodyBytesANode) / intervals,
  };
}

/** Both, side by side, and real ÷ simulated. */
export function besideText({ real, simulated, processes, records, writes, intervalMs, seed }) {
  const line = (name, { rounds, requests, bodyBytes }) => [
    name,
    ...rounds.map((count) => count.toFixed(2)),
    requests.toFixed(1),
    kilobytes(bodyBytes),
  ];
  const ratio = (of) => times(of(real) / of(simulated));
  const ratios = [...[0, 1, 2].map((at) => ratio(({ rounds }) => rounds[at])), ratio(({ requests }) => requests)];
  const lines = [
    line(`${processes} processes`, real),
    line(`${processes} simulated`, simulated),
    ["ratio", ...ratios, ratio(({ bodyBytes }) => bodyBytes)],
  ];
  const says = `Rounds after the last write until half, 99 % and all of the nodes hold all writes; requests to peers, and bodies that were read of
them, a node and round. All held ${grouped(records)} records at first, and ${grouped(writes)} were written at random times of ${grouped(writes)} rounds, of
${intervalMs / 1000} s in processes and of 20 s in the simulation. Simulated: the means of ${WORLDS} worlds. Seed ${seed}.`;
  return [table(["", "half", "99 %", "all", "requests", "bodies"], lines), says].join("\n\n");
}

/** What the history keeps. */
export function figuresBeside({ real, simulated }) {
  return Object.entries({ real, simulated }).map(([kind, { bodyBytes }]) => {
    return { name: `${kind} nodes: bytes a node and round`, turns: 1, median: bodyBytes, spread: [bodyBytes, bodyBytes] };
  });
}

function kilobytes(bytes) {
  return `${(bytes / 1000).toFixed(2)} kB`;
}
