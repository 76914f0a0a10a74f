// Plays the scenario of a serving node: it gets its records, and then its whole body is read.
import { makeRecords } from "../corpus.js";
import { Child } from "./child.js";
import { contenders } from "./contenders.js";
import { countOf } from "./scenarios.js";
import { summaryOf } from "./task.js";

/** How many records of other keys warm a node up. */
const WARM_UP = 1_000;

/** One pass: what each turn took, in this process and, under names with `http`, over HTTP. */
export async function servingPass({ peers, bodies, options, folder }, scenario, id) {
  const { packageId, database, runtime } = contenders[id];
  const serviceUrl = await peers.ask("open", scenario.peers);
  const settings = JSON.stringify({ serviceUrl, peerTimeoutMs: scenario.peerTimeoutMs, folder });
  const serve = ({ path }) => peers.ask("serve", { path, serving: scenario.serving, tagged: scenario.tagged });
  const node = new Child("serving-process.js", [packageId, database, settings], runtime);
  try {
    await serve({ path: bodies.warmUp(Math.min(WARM_UP, options.records)) });
    await node.ask("warmUp", options.warmUpMs);
    const sound = bodies.sound(countOf(scenario, options.records));
    await serve(sound);
    await node.ask("begin");
    const late = makeRecords({ count: 2 * scenario.turns, keys: 1, set: "late" });
    const turns = [];
    for (let turn = 0; turn < scenario.turns; turn += 1) {
      turns.push(await playTurn(node, late.slice(2 * turn, 2 * turn + 2)));
    }
    await compare(node, id, [...sound.records, ...late], turns.at(-1).httpBytes);
    const known = await node.ask("knownStall");
    return turns.map((turn) => ({ ...turn, ...known }));
  } finally {
    await node.end();
  }
}

async function playTurn(node, [first, second]) {
  await node.ask("put", first);
  const inProcess = await node.ask("inProcess");
  await node.ask("put", second);
  const overHttp = await node.ask("overHttp");
  const named = Object.entries(overHttp).map(([name, value]) => [overHttpName(name), value]);
  return { ...inProcess, ...Object.fromEntries(named) };
}

/** The name of a figure when the body is read over HTTP. */
export const overHttpName = (name) => `http${name[0].toUpperCase()}${name.slice(1)}`;

async function compare(node, id, wanted, bytesOverHttp) {
  const { bytes, ...held } = await node.ask("summary");
  const expected = summaryOf(wanted);
  const serves = `"${contenders[id].name}" serves`;
  if (held.hash !== expected.hash) throw new Error(`${serves} ${held.count} records instead of ${expected.count}`);
  if (bytes !== bytesOverHttp) throw new Error(`${serves} ${bytesOverHttp} bytes over HTTP instead of ${bytes}`);
}
