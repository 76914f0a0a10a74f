// A node's output about its rounds and posts, with a clock that stands still and streams that keep what is written.
import assert from "node:assert/strict";
import { test } from "node:test";

import { NodeOutput } from "../../js/cli/node-output.js";
import { createOutput } from "../../js/cli/output.js";
import { duration, localTime } from "../../js/cli/times.js";

const MINUTE_MS = 60_000;
const START_MS = Date.UTC(2026, 10, 26, 5, 10, 2);
const NOBODY = { inserted: 0, replaced: 0, known: 0, rejected: {} };

/** A node's output: `said()` gives the lines of both streams since the last call, without their times. */
function spoken({ level = "info", isJson = false } = {}) {
  const written = [];
  const stream = (name) => ({ write: (text) => void written.push([name, text.trimEnd()]) });
  const clock = { nowMs: START_MS };
  const output = createOutput({ isJson, stdout: stream("out"), stderr: stream("err"), env: {} });
  const node = new NodeOutput(output, { level, now: () => clock.nowMs });
  const said = () =>
    written.splice(0).map(([name, text]) => [name, isJson ? JSON.parse(text) : text.slice(localTime(0).length + 2)]);
  return { node, clock, said };
}

const answering = (url, more = {}) => ({ url, outcome: "unchanged", rejected: {}, ...more });
const failing = (url, more = {}) =>
  answering(url, { outcome: "failed", code: "PEER_TIMEOUT", message: "no whole answer within 10 s", ...more });

function reportOf(peers, { error, ...totals } = {}) {
  return { ok: error === undefined, error, startedAtMs: START_MS, durationMs: 12, peers, totals: { ...NOBODY, ...totals } };
}

function statusOf(peers, retryAtMs = 0) {
  return {
    records: 120,
    digest: "ab".repeat(32),
    peers: peers.map(({ url, outcome }) => ({ url, failures: 0, retryAtMs: outcome === "failed" ? retryAtMs : 0 })),
  };
}

function round(node, peers, { retryAtMs, ...more } = {}) {
  node.round(reportOf(peers, more), statusOf(peers, retryAtMs));
}

const five = ["http://a", "http://b", "http://c", "http://d", "http://e"].map((url) => answering(url));

test("a quiet round prints nothing, and from time to time a line says how many there were", () => {
  const { node, clock, said } = spoken();
  round(node, five);
  assert.deepEqual(
    said().map(([name]) => name),
    ["out"],
    "the first round is printed",
  );
  for (let at = 1; at < 45; at += 1) {
    clock.nowMs = START_MS + at * 20_000;
    round(node, five);
  }
  assert.deepEqual(said(), []);
  clock.nowMs = START_MS + 15 * MINUTE_MS;
  round(node, five);
  assert.deepEqual(said(), [["out", `still 5 peers, 120 records held, 45 quiet rounds since ${localTime(START_MS)}`]]);
  round(node, five, { inserted: 3 });
  assert.match(said()[0][1], /^3 new, 0 replaced, 0 known .* 5 peers ok .* 120 records held/);
});

test("a lost peer is named once, with the reason and how long it is left alone, and once when it is back", () => {
  const { node, clock, said } = spoken();
  const lost = failing("http://a", { message: "no answer: http://a/task/t/linktree/all: nobody listens there" });
  round(node, [answering("http://a")]);
  said();
  round(node, [lost], { retryAtMs: clock.nowMs + 18_000 });
  const [, [name, line]] = said();
  const until = localTime(clock.nowMs + 18_000).slice(11, 19);
  assert.equal(name, "err");
  assert.equal(
    line,
    `lost http://a: no answer: /task/t/linktree/all: nobody listens there (PEER_TIMEOUT); left alone for 18 s, until ${until}`,
  );
  round(node, [lost]);
  round(node, [answering("http://a", { outcome: "skipped", code: "BACKING_OFF" })]);
  assert.deepEqual(said(), []);
  round(node, [answering("http://a")]);
  assert.deepEqual(said()[1], ["out", "back: http://a"]);
});

test("if many peers are lost at once a few are named, and those that stay lost are all named later", () => {
  const { node, clock, said } = spoken();
  const many = Array.from({ length: 12 }, (_, at) => failing(`http://${at}`));
  round(
    node,
    many.map(({ url }) => answering(url)),
  );
  said();
  round(node, many);
  const lines = said()
    .filter(([name]) => name === "err")
    .map(([, text]) => text);
  assert.deepEqual([lines.length, lines.at(-1)], [6, "lost 7 more"]);
  clock.nowMs += 15 * MINUTE_MS;
  round(node, many);
  assert.match(said()[1][1], /^still lost http:\/\/0: no whole answer within 10 s \(PEER_TIMEOUT\)$/);
});

test("the same records rejected in every round are one change", () => {
  const { node, said } = spoken();
  const bad = (times) => [answering("http://a", { outcome: "synced", rejected: { BAD_SIGNATURE: times } })];
  round(node, bad(2), { rejected: { BAD_SIGNATURE: 2 } });
  said();
  round(node, bad(2), { rejected: { BAD_SIGNATURE: 2 } });
  round(node, [answering("http://a")]);
  round(node, bad(2), { rejected: { BAD_SIGNATURE: 2 } });
  assert.deepEqual(said(), []);
  round(node, bad(3), { rejected: { BAD_SIGNATURE: 3 } });
  assert.match(said()[0][1], /rejected BAD_SIGNATURE 3/);
});

test("a peer that never answered is not reached, and one that may not be asked is named at once with the reason", () => {
  const { node, said } = spoken();
  const why = "the host is on a private network; wanted a public one, or allowPrivateNetworks";
  const refused = answering("http://me:secret@10.0.0.1", { outcome: "skipped", code: "ADDRESS_REFUSED", message: why });
  round(node, [failing("http://a"), refused]);
  const [[, line], ...warned] = said();
  assert.match(line, /0 peers ok, 1 failed, 1 not asked/);
  assert.match(
    warned[0][1],
    /^not asked: http:\/\/…@10\.0\.0\.1: the host is on a private network; .*--allow-private-networks \(ADDRESS_REFUSED\)$/,
  );
  assert.match(warned[1][1], /^not reached: http:\/\/a: no whole answer/);
  round(node, [failing("http://a")], { error: { code: "SERVICE_STATUS", message: "why" } });
  said();
  round(node, [failing("http://a"), refused]);
  assert.deepEqual(said(), [["out", "the service answers again"]], "the refusal is not repeated");
});

test("it prints once that all peers answer with 404, and does not call them ok", () => {
  const { node, said } = spoken();
  const without = five.map((peer) => ({ ...peer, outcome: "empty", httpStatus: 404 }));
  round(node, without);
  const [[, line], [name, warning]] = said();
  assert.match(line, /0 peers ok, 5 without records/);
  assert.deepEqual([name, /^no peer has records .*\(HTTP 404\)/.test(warning)], ["err", true]);
  round(node, without);
  assert.deepEqual(said(), []);
});

test("the peers whose records are rejected are named, and at level debug the outcome of each peer", () => {
  const { node, said } = spoken({ level: "debug" });
  const bad = ["http://a", "http://b", "http://c", "http://d", "http://e"].map((url) =>
    answering(url, { outcome: "synced", rejected: { BAD_KEY: 1 } }),
  );
  const alone = answering("http://f", { outcome: "skipped", code: "BACKING_OFF", message: "left alone" });
  round(node, [...bad, alone, answering("http://g", { outcome: "empty", httpStatus: 404 }), failing("http://h")], {
    rejected: { BAD_KEY: 5 },
  });
  const lines = said().map(([, text]) => text);
  assert.deepEqual(lines.slice(0, 3), [
    "skipped http://f: left alone (BACKING_OFF)",
    "empty http://g: it has no records (HTTP 404)",
    "failed http://h: no whole answer within 10 s (PEER_TIMEOUT)",
  ]);
  assert.match(lines[3], /rejected BAD_KEY 5 from http:\/\/a, http:\/\/b, http:\/\/c, 2 more {2}·/);
});

test("a slow peer counts as still being asked, and is neither lost nor back", () => {
  const { node, said } = spoken();
  const slow = answering("http://a", { outcome: "skipped", code: "PEER_SLOW", message: "being asked for 12 s already" });
  round(node, five);
  said();
  round(node, [slow, ...five.slice(1)]);
  assert.deepEqual(said(), []);
  round(node, [slow, ...five.slice(1)], { inserted: 1 });
  const [[, line], ...others] = said();
  assert.match(line, / 4 peers ok, 1 still being asked /);
  assert.deepEqual(others, []);
});

test("a fault of the node's database is not its peers' fault, nor is its stopping", () => {
  const { node, said } = spoken();
  round(node, five);
  said();
  const fault = { outcome: "failed", code: "STORE_FAILED", message: "no space left" };
  round(
    node,
    five.map((peer) => ({ ...peer, ...fault })),
    { error: { code: "SERVICE_STATUS", message: "why" } },
  );
  assert.deepEqual(said(), [
    ["err", "the database fails: no space left (STORE_FAILED)"],
    ["err", "the service fails: why (SERVICE_STATUS)"],
  ]);
  node.stopping("SIGTERM");
  said();
  const aborted = { outcome: "failed", code: "ABORTED", message: "stopped" };
  round(
    node,
    five.map((peer) => ({ ...peer, ...aborted })),
    { error: { code: "ABORTED", message: "stopped" } },
  );
  assert.deepEqual(said(), []);
});

test("a failing service or database is reported once, and once when it works again", () => {
  const { node, said } = spoken();
  for (const [code, away, back] of [
    ["SERVICE_STATUS", "the service fails: why (SERVICE_STATUS)", "the service answers again"],
    ["STORE_FAILED", "the database fails: why (STORE_FAILED)", "the database works again"],
  ]) {
    round(node, five);
    said();
    round(node, five, { error: { code, message: "why" } });
    round(node, five, { error: { code, message: "why" } });
    round(node, five);
    assert.deepEqual(said(), [
      ["err", away],
      ["out", back],
    ]);
  }
});

test("a flood of posts that cannot be stored is reported at once, then counted, then reported as over", () => {
  const { node, clock, said } = spoken();
  round(node, five);
  said();
  for (let at = 0; at < 4; at += 1)
    node.wrote({ ok: false, stored: false, code: "STORE_FAILED", message: "no space left" }, 503);
  assert.deepEqual(said(), [["err", "a posted record could not be stored: no space left (STORE_FAILED)"]]);
  clock.nowMs += 15 * MINUTE_MS;
  round(node, five);
  assert.deepEqual(said()[1], ["err", "posted records cannot be stored: 4 posts failed in the last 15 min"]);
  node.wrote({ ok: true, stored: true, key: "k", version: "v" }, 200);
  assert.deepEqual(said(), [["out", "posted records are stored again; 4 posts failed in 15 min"]]);
});

test("posts are counted in the line of the next round", () => {
  const { node, said } = spoken();
  round(node, five);
  node.wrote({ ok: true, stored: true, key: "k" }, 200);
  node.wrote({ ok: false, stored: false, code: "BAD_KEY", message: "m" }, 400);
  node.wrote({ ok: true, stored: false, why: "STALE", message: "m" }, 409);
  said();
  round(node, five);
  assert.match(said()[0][1], /1 stored by posts .* 1 post of held records .* posts refused: BAD_KEY 1/);
});

test("of events that others can cause at most 100 objects a minute are printed, then how many were left out", () => {
  const { node, clock, said } = spoken({ isJson: true });
  const refused = { ok: false, stored: false, code: "BAD_SHAPE", message: "m" };
  for (let at = 0; at < 150; at += 1) node.wrote(refused, 400);
  node.wrote({ ok: true, stored: true, key: "k" }, 200);
  const events = said().map(([, event]) => event);
  assert.deepEqual([events.length, events.at(-1).key], [101, "k"], "a stored record is always printed");
  clock.nowMs += MINUTE_MS;
  node.wrote(refused, 400);
  assert.deepEqual(said()[0][1], { event: "wrote", atMs: clock.nowMs, ...refused, httpStatus: 400, omitted: 50 });
});

test("a warning of the library is printed unless the report says the same", async () => {
  const { node, said } = spoken();
  node.warned("warn", "dbsharing: 3 records not stored: the disk is full");
  node.warned("warn", "dbsharing: the only peer could not be read: http://a (no answer)");
  node.warned("error", "dbsharing: the service did not answer: why; nobody is asked");
  round(node, [failing("http://a")], { error: { code: "SERVICE_STATUS", message: "the service did not answer: why" } });
  said();
  await new Promise(setImmediate);
  assert.deepEqual(said(), [["err", "3 records not stored: the disk is full"]]);
});

test("with --json each warning of the library is an object", () => {
  const { node, clock, said } = spoken({ isJson: true, level: "silent" });
  node.warned("warn", "dbsharing: why");
  assert.deepEqual(said(), [["out", { event: "warning", atMs: clock.nowMs, level: "warn", message: "dbsharing: why" }]]);
});

test("durations are printed in a suitable unit", () => {
  const texts = [1, 18_000, 90_000, 90_001, 90 * MINUTE_MS, 91 * MINUTE_MS].map(duration);
  assert.deepEqual(texts, ["1 s", "18 s", "90 s", "2 min", "90 min", "2 h"]);
});
