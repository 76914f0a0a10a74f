// Where messages go, how often, and in what form.
import { letPass } from "./fixtures/shifted-clock.js"; // first: the package takes its timers at load
import assert from "node:assert/strict";
import { test } from "node:test";
import { Logger } from "../../js/core/logger.js";
import { counted, spokenDate, spokenDuration, spokenTime } from "../../js/core/spoken.js";
import { listeningLogger } from "./fixtures/listening-logger.js";

const HOUR_MS = 3_600_000;

/** What `work` logs to the console, whose methods are replaced meanwhile. */
function consoleDuring(work) {
  const { console: intact } = globalThis;
  const { heard, ...levels } = listeningLogger();
  globalThis.console = levels;
  try {
    work();
  } finally {
    globalThis.console = intact;
  }
  return heard;
}

function sayAtEachLevel(logger) {
  logger.debug("one");
  logger.info("two");
  logger.warn("KIND", "three");
  logger.error("OTHER_KIND", "four");
}

test("by default the current console gets warnings and errors, and nothing else", () => {
  const logger = new Logger(undefined);
  assert.deepEqual(
    consoleDuring(() => sayAtEachLevel(logger)),
    ["warn dbsharing: three", "error dbsharing: four"],
  );
});

test("a logger gets all levels as method calls, and the console gets nothing", () => {
  const heard = [];
  class Own {
    debug = (line) => this.add("debug", line);
    info(line) {
      this.add("info", line);
    }
    warn(line) {
      this.add("warn", line);
    }
    error(line) {
      this.add("error", line);
    }
    add(level, line) {
      heard.push(`${level} ${line}`);
    }
  }
  assert.deepEqual(
    consoleDuring(() => sayAtEachLevel(new Logger(new Own(), "posts"))),
    [],
  );
  const wanted = ["debug one", "info two", "warn three", "error four"];
  assert.deepEqual(
    heard,
    wanted.map((line) => line.replace(" ", " dbsharing: posts: ")),
  );
});

test("null silences messages, and so does a runtime without a console", () => {
  assert.deepEqual(
    consoleDuring(() => sayAtEachLevel(new Logger(null))),
    [],
  );
  const { console: intact } = globalThis;
  try {
    globalThis.console = undefined;
    sayAtEachLevel(new Logger(undefined));
  } finally {
    globalThis.console = intact;
  }
});

test("each kind is logged once an hour, with how often it was left out since", () => {
  const given = listeningLogger();
  const logger = new Logger(given);
  for (let time = 0; time < 3; time += 1) logger.warn("KIND", "it failed");
  logger.warn("KIND http://peer", "another kind");
  assert.deepEqual(given.take(), ["warn dbsharing: it failed", "warn dbsharing: another kind"]);
  letPass(HOUR_MS);
  logger.warn("KIND", "it failed");
  logger.warn("KIND http://peer", "another kind");
  const [first, second] = given.take();
  assert.match(first, /^warn dbsharing: it failed \(and 2 times since \d\d:\d\d:\d\d[+-]\d\d:\d\d\)$/);
  assert.equal(second, "warn dbsharing: another kind");
});

test("a kind that was well for a minute is logged at once, however often it was well for less", () => {
  const given = listeningLogger();
  const logger = new Logger(given);
  const sayAfter = (ms) => {
    letPass(ms);
    logger.warn("KIND", "it failed");
    return given.take().length;
  };
  logger.noteWell("KIND");
  assert.equal(sayAfter(60_000), 1);
  for (let time = 0; time < 3; time += 1) {
    logger.noteWell("KIND", "another kind");
    assert.equal(sayAfter(50_000), 0);
  }
  logger.noteWell("KIND");
  letPass(50_000);
  logger.noteWell("KIND");
  assert.equal(sayAfter(10_000), 1);
  assert.equal(sayAfter(60_000), 0, "it was not well in between");
});

test("a thousand kinds are remembered, then the one that was logged longest ago is forgotten", () => {
  const given = listeningLogger();
  const logger = new Logger(given);
  logger.warn("first", "said");
  for (let kind = 0; kind < 999; kind += 1) logger.warn(`kind ${kind}`, "said");
  logger.warn("first", "said again");
  assert.equal(given.take("warn").length, 1_000);
  logger.warn("one more", "said");
  logger.warn("first", "said again");
  assert.equal(given.take("warn").length, 2);
});

test("a message is one printable line of bounded length, and still says how often it was left out", () => {
  const given = listeningLogger();
  const logger = new Logger(given);
  const long = `first\nsecond\u001b[2J\u202e${"x".repeat(100_000)}`;
  logger.warn("KIND", long);
  logger.warn("KIND", long);
  letPass(HOUR_MS);
  logger.warn("KIND", long);
  const [first, second] = given.take();
  assert.ok(first.startsWith("warn dbsharing: first\\u000asecond\\u001b[2J\\u202exxx") && first.endsWith("x…"), first);
  assert.match(second, /x… \(and 1 time since \S+\)$/);
  for (const line of [first, second]) assert.equal(line.length, "warn ".length + 1_000);
});

test("times are written as times, and counts as counts", () => {
  const durations = {
    0: "0 ms",
    999: "999 ms",
    999.9: "1 s",
    1_499: "1 s",
    9_936: "10 s",
    59_499: "59 s",
    59_999: "1 min",
    90_000: "1 min 30 s",
    659_000: "10 min",
    9_000_000: "2 h 30 min",
    86_399_000: "23 h",
    86_400_000: "1 day",
    90_000_000: "1 day 1 h",
    172_800_000: "2 days",
  };
  for (const [ms, said] of Object.entries(durations)) assert.equal(spokenDuration(Number(ms)), said);
  const date = new Date(2026, 10, 26, 14, 3, 22);
  assert.match(spokenTime(date.getTime()), /^14:03:22[+-]\d\d:\d\d$/);
  assert.match(spokenDate(date.getTime()), /^2026-11-26 14:03:22[+-]\d\d:\d\d$/);
  assert.equal(new Date(spokenDate(date.getTime()).replace(" ", "T")).getTime(), date.getTime());
  assert.equal(spokenDate(2 ** 53 - 1), "9007199254740991 ms since 1970");
  assert.deepEqual([counted(1, "record"), counted(0, "record")], ["1 record", "0 records"]);
});
