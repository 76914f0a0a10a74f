// What dbsharing node prints: a line when something changes, and one at long intervals when nothing does; or, with --json, an
// object for each event.

import { RateLimit } from "./rate-limit.js";
import { WHEN_DAMAGED } from "./database.js";
import { inWordsOfOptions } from "./library-words.js";
import { createLog } from "./log.js";
import { count, grouped } from "./output.js";
import { PeerChanges, databaseFault, firstOf, sentenceAbout, sentencesAboutFailed } from "./peer-changes.js";
import { Posts } from "./posts.js";
import { detailsOf, peersIn, rejectedIn } from "./round-words.js";
import { localTime } from "./times.js";
import { stoppingWords } from "./until-stopped.js";

const QUIET_MS = 15 * 60_000;
const DIGEST_SHOWN = 12; // hex digits
const REFUSALS_A_MINUTE = 100;
const STATUS_OF_FAILURE = 503;
const NONE_SERVES = "no peer has records of this task and collection (HTTP 404); are --task-id and --collection right?";
const START_OF_LIBRARY_MESSAGES = /^dbsharing: /;

export class NodeOutput {
  #output;
  #log;
  #now;
  #peers = new PeerChanges();
  #posts = new Posts();
  #refusals = new RateLimit(REFUSALS_A_MINUTE);
  #rejections = new RateLimit(REFUSALS_A_MINUTE);
  #report; // of the last round that has ended
  #faults = {}; // the codes of present faults: of the database, and of the rest of a round
  #quiet; // { rounds, sinceMs, saidAtMs } since the last line about a round

  constructor(output, { level, now = Date.now }) {
    this.#output = output;
    this.#log = createLog(output, { level, now });
    this.#now = now;
    /** Whether each rejected record of a peer is to be reported. */
    this.wantsRejected = output.isJson || level === "debug";
  }

  listening(url, publicUrl, collection) {
    this.#log.event("listening", { url, publicUrl });
    this.#log.info(`node listening on ${url}${publicUrl === url ? "" : `, known as ${publicUrl}`}`);
    this.#log.info(`its records are at ${url}/${collection}/all, and it takes new ones by POST ${url}/${collection}`);
  }

  keepsNothing() {
    this.#log.info("records are kept in memory, and are lost when the node stops");
  }

  /** What another process still uses, and this node waits for. */
  waiting(what) {
    this.#log.event("waiting", { what });
    this.#log.warn(`waiting for ${what}`);
  }

  /** A peer on the command line that is this node. */
  isItself(url) {
    this.#log.event("warning", { level: "warn", message: `--peer ${url} is this node itself` });
    this.#log.warn(`not asked: ${url}: this --peer is the node itself`);
  }

  registered(serviceUrl, url) {
    this.#log.event("registered", { serviceUrl, url });
    this.#log.info(`registered with ${serviceUrl}`);
  }

  notRegistered(serviceUrl, url, message) {
    this.#log.event("register-failed", { serviceUrl, url, message });
    this.#log.warn(`could not register with ${serviceUrl}, will try again: ${message}`);
  }

  /** A message of the library; `level` is "warn" or "error". It is not printed if the next report holds it too. */
  warned(level, message) {
    this.#log.event("warning", { level, message });
    setImmediate(() => {
      if (!this.#isInReport(message)) this.#log[level](inWordsOfOptions(message.replace(START_OF_LIBRARY_MESSAGES, "")));
    });
  }

  #isInReport(message) {
    const { error, peers = [] } = this.#report ?? {};
    const faults = [error, databaseFault({ error, peers })].filter(Boolean);
    return faults.some((fault) => message.includes(fault.message)) || peers.some(({ url }) => message.includes(url));
  }

  /** The outcome of a record that was posted here, and the status of the answer. */
  wrote({ ok, stored, key, version, why, heldVersion, code, message }, status) {
    const nowMs = this.#now();
    const passed = stored ? {} : this.#refusals.pass(nowMs);
    const result = { ok, stored: stored === true, key, version, why, heldVersion, code, message };
    if (passed) this.#log.event("wrote", { ...result, httpStatus: status, ...passed });
    if (passed) this.#log.debug(stored ? `stored ${key}` : `refused ${key ?? "a post"}: ${message} (${code ?? why})`);
    const said = this.#posts.note(result, { isFailure: status === STATUS_OF_FAILURE, nowMs });
    if (said.warn) this.#log.warn(said.warn);
    if (said.info) this.#log.info(said.info);
  }

  /** A record of a peer that a rule or the database rejected. */
  rejected({ url, key, code, message }) {
    const passed = this.#rejections.pass(this.#now());
    if (passed) this.#log.event("rejected", { url, key, code, message, ...passed });
    if (passed) this.#log.debug(`rejected ${key ?? "a record"} of ${url}: ${message} (${code})`);
  }

  round(report, status) {
    const { records, digest } = status;
    this.#report = report;
    this.#log.event("round", { report, records, digest });
    const changes = this.#peers.note(report, status);
    const posts = this.#posts.take();
    const line = this.#roundLine(report, status, posts);
    for (const sentence of detailsOf(report)) this.#log.debug(sentence);
    if (report.error?.code === "ABORTED") return this.#log.debug(line); // it was told to stop
    if (this.#isNews(report, changes, posts)) this.#say(line);
    else this.#sayQuietly(line, status);
    this.#sayChanges(changes, status);
    this.#sayFaults(report);
  }

  stopping(signal) {
    this.#log.event("stopping", { signal });
    this.#log.info(stoppingWords(signal));
  }

  stopped() {
    this.#log.event("stopped");
    this.#log.info("stopped");
  }

  #isNews({ totals }, { lost, unreached, refused, back, hasNewRejections, noneServes }, posts) {
    const isFirst = this.#quiet === undefined;
    const changed = [lost, unreached, refused, back, posts].some(({ length }) => length > 0);
    return isFirst || totals.inserted + totals.replaced > 0 || changed || hasNewRejections || noneServes;
  }

  #say(line) {
    const nowMs = this.#now();
    this.#quiet = { rounds: 0, sinceMs: nowMs, saidAtMs: nowMs };
    this.#log.info(line);
  }

  #sayQuietly(line, status) {
    this.#quiet.rounds += 1;
    this.#log.debug(line);
    const nowMs = this.#now();
    if (nowMs - this.#quiet.saidAtMs < QUIET_MS) return;
    this.#quiet.saidAtMs = nowMs;
    this.#log.info(this.#quietLine(status));
    for (const sentence of sentencesAboutFailed(this.#peers.failing, status, nowMs)) this.#log.warn(`still lost ${sentence}`);
    const failing = this.#posts.stillFailing(nowMs);
    if (failing) this.#log.warn(failing);
  }

  #quietLine({ records }) {
    const { rounds, sinceMs } = this.#quiet;
    const since = `${count(rounds, "quiet round")} since ${localTime(sinceMs)}`;
    return `still ${count(this.#peers.answering, "peer")}, ${heldWords(records)}, ${since}`;
  }

  #sayChanges({ lost, unreached, refused, back, noneServes }, status) {
    const nowMs = this.#now();
    for (const sentence of firstOf(refused, sentenceAbout)) this.#log.warn(`not asked: ${sentence}`);
    for (const sentence of sentencesAboutFailed(unreached, status, nowMs)) this.#log.warn(`not reached: ${sentence}`);
    for (const sentence of sentencesAboutFailed(lost, status, nowMs)) this.#log.warn(`lost ${sentence}`);
    for (const url of firstOf(back, String)) this.#log.info(`back: ${url}`);
    if (noneServes) this.#log.warn(NONE_SERVES);
  }

  #sayFaults(report) {
    const database = databaseFault(report);
    const { error } = report;
    this.#sayFault("database", database);
    this.#sayFault("round", error?.code === database?.code ? undefined : error);
  }

  #sayFault(what, fault) {
    const before = this.#faults[what];
    if (fault?.code === before) return;
    if (fault)
      this.#log.warn(`${faultWords(fault.code).fails}: ${inWordsOfOptions(fault.message)} (${fault.code})${remedyOf(fault)}`);
    else this.#log.info(faultWords(before).recovers);
    this.#faults[what] = fault?.code;
  }

  /** One readable line about a round. */
  #roundLine(report, { records, digest }, posts) {
    const { style } = this.#output;
    const { inserted, replaced, known } = report.totals;
    const rejected = rejectedIn(report);
    const parts = [
      `${grouped(inserted)} new, ${grouped(replaced)} replaced, ${grouped(known)} known`,
      ...posts,
      rejected && style.yellow(rejected),
      peersIn(report),
      heldWords(records),
      digest && style.cyan(digest.slice(0, DIGEST_SHOWN)),
      `${Math.round(report.durationMs)} ms`,
    ];
    return parts.filter(Boolean).join("  ·  ");
  }
}

function heldWords(records) {
  return records === undefined ? "database not read" : `${count(records, "record")} held`;
}

/** What can be done. The messages of LevelDB about damaged files contain "Corruption:". */
function remedyOf({ code, message }) {
  if (code === "SERVICE_STATUS" && /\b404\b/.test(message)) return "; is --service-url the address of a service?";
  return message.includes("Corruption:") ? `; its files are damaged, so stop the node: ${WHEN_DAMAGED}` : "";
}

/** The words for the error of a round and for its end, by its code. */
function faultWords(code) {
  if (code.startsWith("SERVICE_")) return { fails: "the service fails", recovers: "the service answers again" };
  if (code.startsWith("STORE_")) return { fails: "the database fails", recovers: "the database works again" };
  return { fails: "the round failed", recovers: "rounds succeed again" };
}
