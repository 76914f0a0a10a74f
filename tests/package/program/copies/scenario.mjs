// Two copies of the package in one process. One of them, whose wasm can be made to trap, traps while both are in a round.
import { readFileSync } from "fs"; // webpack of 2021 cannot read node:fs

export async function trapInOne(one, two) {
  const { network, trap } = JSON.parse(process.argv[2]);
  await one.init(readFileSync(trap.wasm));
  const gate = gateAt(2);
  const sharings = [one, two].map(({ createSharing, memoryStore }) =>
    createSharing({
      taskId: network.taskId,
      serviceUrl: network.serviceUrl,
      db: memoryStore(),
      logger: null,
      now: () => network.now,
      fetch: gate.fetch,
      peerTimeoutMs: 600_000,
    }),
  );
  const rounds = sharings.map(({ share }) => share());
  await gate.reached;
  const trapped = codeOf(() => one.verifyJson(new Uint8Array(trap.bytes)));
  const verdictsMeanwhile = two.verifyJson("[{}]");
  gate.open();
  const reports = await Promise.all(rounds);
  const next = await sharings[0].share();
  console.log(
    JSON.stringify({
      trapped,
      rounds: [...reports, next].map(({ ok, error, totals }) => ({ ok, code: error?.code, inserted: totals.inserted })),
      digests: sharings.map(({ status }) => status().digest),
      verdicts: [one.verifyJson("[{}]"), two.verifyJson("[{}]"), verdictsMeanwhile],
    }),
  );
}

/** A fetch that waits until it is opened; `reached` settles when this many wait. */
function gateAt(count) {
  const gate = {};
  const opened = new Promise((resolve) => (gate.open = resolve));
  let waiting = 0;
  gate.reached = new Promise((resolve) => {
    gate.fetch = async (...request) => {
      waiting += 1;
      if (waiting === count) resolve();
      await opened;
      return fetch(...request);
    };
  });
  return gate;
}

function codeOf(work) {
  try {
    return work();
  } catch ({ code }) {
    return code;
  }
}
