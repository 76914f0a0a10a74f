// A matrix of hostile answers, from peers and from the service, against share(): the process has no event,
// rounds end in time, and all records of an honest peer among them are held.
import assert from "node:assert/strict";
import { execFile, fork } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { test } from "node:test";
import { nodes, oldestNode, pathOf, reasonToSkip } from "../package/engines.js";
import { root } from "../package/install.js";
import { groups, nodeLists } from "./answers.js";

const HONEST_RECORDS = 1_000;
const MIB = 1024 * 1024;
const DEADLINE_MS = 10_000; // the default of peerTimeoutMs
/** Busy machines need longer; what is tested is that a round ends at all. */
const PATIENCE = 6;
/** Waiting bodies may have 64 MiB. What the runtime's own buffers and allocator hold besides varies by version. */
const MEMORY_BYTES = (64 + 128) * MIB;
/** Over undici, which has no way to wait, as much again is garbage that has not been collected. */
const GLOBAL_MEMORY_BYTES = 2 * MEMORY_BYTES;

/** Groups that cost little but time, so that all engines meet them at the same time. */
const CHEAP = ["headers", "statuses", "protocols"];

/** Engines whose own fetch differs. In the oldest it is the default too. */
const engines = nodes.filter(({ command }) => ["node18", "node20", "node22", "node24"].includes(command));
const node20 = engines[1];

/** If the default is the global fetch too, or behaves as in the newest engine, it is tried only once. */
function enginesWith(transport, name) {
  if (transport === "default") return engines;
  return CHEAP.includes(name) ? engines.filter((engine) => engine !== oldestNode) : engines.slice(-1);
}

const here = join(root, "tests/attacks");

/** Runs `work(network)` while a process of this kind and name is a hostile network. */
async function beside(what, name, work) {
  const server = fork(join(here, "hostile-server.js"), [what, name], { stdio: ["ignore", "inherit", "inherit", "ipc"] });
  try {
    const [network] = await once(server, "message");
    return await work(network);
  } finally {
    const gone = once(server, "exit");
    server.kill();
    await gone;
  }
}

/** What became of a process that shared with this network, in this engine. */
function attacked(engine, options) {
  const args = ["--no-warnings", join(here, "attacked-process.js"), JSON.stringify({ ...options, wanted: HONEST_RECORDS })];
  const timeout = 4 * DEADLINE_MS * PATIENCE;
  return new Promise((resolve) => {
    execFile(pathOf(engine), args, { maxBuffer: 64 * MIB, timeout, killSignal: "SIGKILL" }, (error, stdout, stderr) => {
      assert.ok(!error, `${engine.command} ended with ${error?.code ?? error?.signal}: ${stderr.slice(0, 2_000)}`);
      resolve(JSON.parse(stdout));
    });
  });
}

function assertUnharmed({ events, openIterators, reports, tookMs, peakBytes, baseBytes }, mostBytes = MEMORY_BYTES) {
  assert.deepEqual(events, []);
  assert.equal(openIterators, 0, "no iterator of the store was left open");
  assert.ok(tookMs < (DEADLINE_MS + 1_000) * PATIENCE, `the round took ${tookMs} ms`);
  assert.ok(peakBytes - baseBytes < mostBytes, `${Math.round((peakBytes - baseBytes) / MIB)} MiB more than before`);
  reports.forEach(assertPrintable);
}

/** Nothing in a report moves a cursor, sets a title or forges a line. */
function assertPrintable(report) {
  const texts = JSON.stringify(report, (_, value) =>
    typeof value === "string"
      ? value.replace(/[^\x20-\x7e]/gu, (character) => {
          return /[\p{Cc}\p{Cf}\u2028\u2029]/u.test(character) ? "CONTROL" : character;
        })
      : value,
  );
  assert.doesNotMatch(texts, /CONTROL/);
}

function figuresOf({ tookMs, longestMs, peakBytes, baseBytes }) {
  return `${Math.round(tookMs)} ms, longest stretch ${Math.round(longestMs)} ms, ${Math.round((peakBytes - baseBytes) / MIB)} MiB more`;
}

/** What an engine's process reports about a network of these hostile peers and an honest one. */
async function assertServed(engine, { honest, hostile, serviceUrl }, transport, context) {
  const outcome = await attacked(engine, { serviceUrls: [serviceUrl], honest, transport });
  context.diagnostic(figuresOf(outcome));
  assertUnharmed(outcome, transport === "global" ? GLOBAL_MEMORY_BYTES : MEMORY_BYTES);
  assert.deepEqual(outcome.records, [HONEST_RECORDS]);
  const [{ peers }] = outcome.reports;
  const { outcome: became, code: why, message: says } = peers.find(({ url }) => url === honest);
  // On a busy machine the end of its body may come after the deadline; its records are held.
  assert.ok(became === "synced" || why === "PEER_TIMEOUT", `the honest peer is ${became}, ${why}: ${says}`);
  assert.equal(peers.length, hostile.length + 1, "each peer was asked");
  const unexplained = peers.filter(({ outcome, code, message }) => outcome === "failed" && !(code && message));
  assert.deepEqual(unexplained, [], "a failed peer has a code and a sentence");
}

for (const transport of ["default", "global"]) {
  for (const name of Object.keys(groups)) {
    test(
      `all records of an honest peer are held among hostile ${name}, ${transport} fetch`,
      { concurrency: CHEAP.includes(name) },
      (context) =>
        beside("group", name, (network) =>
          Promise.all(
            enginesWith(transport, name).map((engine) => {
              const title = `${engine.command} ${engine.version}`;
              return context.test(title, { skip: reasonToSkip(engine) }, (inner) =>
                assertServed(engine, network, transport, inner),
              );
            }),
          ),
        ),
    );
  }
}

for (const name of Object.keys(groups)) {
  test(`a service may answer with hostile ${name}`, { skip: reasonToSkip(node20) }, (context) =>
    beside("group", name, async ({ honest, hostile }) => {
      // A task has one service, so the memory for long lists of many services is not measured.
      const outcome = await attacked(node20, { serviceUrls: hostile, honest, atOnce: name === "bodies" ? 2 : 100 });
      context.diagnostic(figuresOf(outcome));
      assertUnharmed(outcome);
      assert.deepEqual(
        outcome.records,
        hostile.map(() => HONEST_RECORDS),
      );
    }),
  );
}

for (const name of Object.keys(nodeLists)) {
  test(`a node list of ${name} does no harm`, { skip: reasonToSkip(node20) }, (context) =>
    beside("list", name, async ({ honest, serviceUrl }) => {
      const outcome = await attacked(node20, { serviceUrls: [serviceUrl], honest });
      context.diagnostic(figuresOf(outcome));
      assertUnharmed(outcome);
    }),
  );
}
