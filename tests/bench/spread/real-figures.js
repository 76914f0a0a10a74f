// What became of a network of real nodes, by what each of them printed.

/**
 * `{ rounds, intervals, requestsANode, bodyBytesANode }`: the rounds after the last write until half of the nodes, 99 % and all
 * hold everything; how many intervals it took from the beginning of the writes until then, at least as many as there are
 * writes; and what a node asked its peers for and read of them in that time, as the simulation counts it: bodies without heads.
 *
 * @param {{ nodes: { events: object[] }[] }} seen
 */
export function figuresOfNodes({ nodes, writes, beganMs, writtenUntilMs, lastWriteMs, intervalMs }) {
  const heldMs = nodes.map(({ events }) => heldAtMs(events, writes)).sort((a, b) => a - b);
  const endMs = Math.max(heldMs.at(-1), writtenUntilMs);
  const isWithin = ({ atMs }) => atMs > beganMs && atMs <= endMs;
  const rounds = nodes.flatMap(({ events }) => events.filter((each) => each.event === "round" && isWithin(each)));
  const ofPeers = (name) => sum(rounds.map(({ report }) => report.totals[name]));
  return {
    rounds: [0.5, 0.99, 1].map((share) => (heldMs[Math.ceil(nodes.length * share) - 1] - lastWriteMs) / intervalMs),
    intervals: (endMs - beganMs) / intervalMs,
    requestsANode: ofPeers("requests") / nodes.length,
    bodyBytesANode: ofPeers("bytesReceived") / nodes.length,
  };
}

/** When a node held all writes: those that were posted to it, and those that it found. */
function heldAtMs(events, writes) {
  let held = 0;
  return events.find((event) => {
    held += gained(event);
    return held === writes;
  }).atMs;
}

function gained({ event, stored, report }) {
  if (event === "wrote") return stored ? 1 : 0;
  return event === "round" ? report.totals.inserted : 0;
}

function sum(numbers) {
  return numbers.reduce((total, number) => total + number, 0);
}
