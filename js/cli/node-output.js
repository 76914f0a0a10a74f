// What dbsharing node says of itself: a line when something has changed and one now and then otherwise, or with --json
// an object for everything that happens.

import { AtMost } from "./at-most.js";
import { createLog } from "./log.js";
import { codeCounts, count, grouped } from "./output.js";
import { PeerChanges, firstOf, sentencesAboutFailed } from "./peer-changes.js";
import { Posts } from "./posts.js";
import { localTime } from "./times.js";

const QUIET_MS = 15 * 60_000;
const DIGEST_SHOWN = 12; // hex digits
const REFUSALS_A_MINUTE = 100;
const STATUS_OF_FAILURE = 503;
const LIBRARY = /^dbsharing: /; // how it begins what it says

export class NodeOutput {
  #output;
  #log;
  #now;
  #peers = new PeerChanges();
  #posts = new Posts();
  #refusals = new AtMost(REFUSALS_A_MINUTE);
  #rejections = new AtMost(REFUSALS_A_MINUTE);
  #report; // of the last round
  #fault; // the code of its error
  #quiet; // { rounds, sinceMs, saidAtMs } since the last line about a round

  constructor(output, { level, now = Date.now }) {
    this.#output = output;
    this.#log = createLog(output, { level, now });
    this.#now = now;
    /** Whether records of peers that were rejected are to be told one by one. */
    this.wantsRejected = output.isJson || level === "debug";
  }

  listening(url, publicUrl, collection) {
    this.#log.event("listening", { url, publicUrl });
    this.#log.info(`node listening on ${url}${publicUrl === url ? "" : `, known as ${publicUrl}`}`);
    this.#log.info(`its records are at ${url}/${collection}/all, and it takes new ones by POST ${url}/${collection}`);
  }

  keepsNothing() {
    this.#log.info("records are kept in memory and are gone when it stops");
  }

  registered(serviceUrl, url) {
    this.#log.event("registered", { serviceUrl, url });
    this.#log.info(`registered with ${serviceUrl}`);
  }

  notRegistered(serviceUrl, url, message) {
    this.#log.event("register-failed", { serviceUrl, url, message });
    this.#log.warn(`could not register with ${serviceUrl}, and tries again: ${message}`);
  }

  /** What the library says by itself; `level` is "warn" or "error". What its next report holds is said from that. */
  warned(level, message) {
    this.#log.event("warning", { level, message });
    setImmediate(() => {
      if (!this.#isInReport(message)) this.#log[level](message.replace(LIBRARY, ""));
    });
  }

  #isInReport(message) {
    const { error, peers = [] } = this.#report ?? {};
    return (error && message.includes(error.message)) || peers.some(({ url }) => message.includes(url));
  }

  /** What became of a record that was posted here, and the status of the answer. */
  wrote({ ok, stored, key, version, why, heldVersion, code, message }, status) {
    const nowMs = this.#now();
    const more = stored ? {} : this.#refusals.pass(nowMs);
    const result = { ok, stored: stored === true, key, version, why, heldVersion, code, message };
    if (more) this.#log.event("wrote", { ...result, httpStatus: status, ...more });
    if (more) this.#log.debug(stored ? `stored ${key}` : `refused ${key ?? "a post"}: ${message} (${code ?? why})`);
    const said = this.#posts.note(result, { isFailure: status === STATUS_OF_FAILURE, nowMs });
    if (said.warn) this.#log.warn(said.warn);
    if (said.info) this.#log.info(said.info);
  }

  /** A record of a peer that a rule or the database refused. */
  rejected({ url, key, code, message }) {
    const more = this.#rejections.pass(this.#now());
    if (more) this.#log.event("rejected", { url, key, code, message, ...more });
    if (more) this.#log.debug(`rejected ${key ?? "a record"} of ${url}: ${message} (${code})`);
  }

  round(report, status) {
    const { records, digest } = status;
    this.#report = report;
    this.#log.event("round", { report, records, digest });
    const changes = this.#peers.note(report, status);
    const posts = this.#posts.take();
    const line = this.#roundLine(report, status, posts);
    if (this.#isNews(report, changes, posts)) this.#say(line);
    else this.#sayQuietly(line, status);
    this.#sayChanges(changes, status);
    this.#sayFault(report.error);
  }

  stopping(signal) {
    this.#log.event("stopping", { signal });
    this.#log.info(signal === "disconnect" ? "stopping, because its parent has gone" : `stopping after ${signal}`);
  }

  stopped() {
    this.#log.event("stopped");
    this.#log.info("stopped");
  }

  #isNews({ totals }, { lost, back, rejectsAnew }, posts) {
    const isFirst = this.#quiet === undefined;
    return isFirst || totals.inserted + totals.replaced + lost.length + back.length + posts.length > 0 || rejectsAnew;
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
    const held = records === undefined ? "database not read" : `${count(records, "record")} held`;
    const since = `${count(rounds, "quiet round")} since ${localTime(sinceMs)}`;
    return `still ${count(this.#peers.answering, "peer")}, ${held}, ${since}`;
  }

  #sayChanges({ lost, back }, status) {
    for (const sentence of sentencesAboutFailed(lost, status, this.#now())) this.#log.warn(`lost ${sentence}`);
    for (const url of firstOf(back, String)) this.#log.info(`back: ${url}`);
  }

  #sayFault(error) {
    if (error?.code === this.#fault) return;
    if (error) this.#log.warn(`${faultWords(error.code).fails}: ${error.message} (${error.code})`);
    else this.#log.info(faultWords(this.#fault).recovers);
    this.#fault = error?.code;
  }

  /** One readable line about a round. */
  #roundLine(report, { records, digest }, posts) {
    const { style } = this.#output;
    const { inserted, replaced, known, rejected } = report.totals;
    const parts = [
      `${grouped(inserted)} new, ${grouped(replaced)} replaced, ${grouped(known)} known`,
      ...posts,
      Object.keys(rejected).length > 0 && style.yellow(`rejected ${codeCounts(rejected)}`),
      peersIn(report),
      records === undefined ? "database not read" : `${count(records, "record")} held`,
      digest && style.cyan(digest.slice(0, DIGEST_SHOWN)),
      `${Math.round(report.durationMs)} ms`,
    ];
    return parts.filter(Boolean).join("  ·  ");
  }
}

function peersIn({ peers }) {
  if (peers.length === 0) return "no other nodes yet";
  const alone = peers.filter(({ outcome }) => outcome === "skipped").length;
  const failed = peers.filter(({ outcome }) => outcome === "failed").length;
  const ok = `${count(peers.length - alone - failed, "peer")} ok`;
  return [ok, failed > 0 && `${failed} failed`, alone > 0 && `${alone} left alone`].filter(Boolean).join(", ");
}

/** How a round's error and its end are said, by its code. */
function faultWords(code) {
  if (code.startsWith("SERVICE_")) return { fails: "the service is away", recovers: "the service answers again" };
  if (code.startsWith("STORE_")) return { fails: "the database fails", recovers: "the database works again" };
  return { fails: "the round failed", recovers: "rounds succeed again" };
}
