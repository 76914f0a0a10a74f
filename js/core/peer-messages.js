// What a task says of its peers: that none could be read, who is left alone and why, and that they answer again.
import { USUAL_COLLECTION } from "./logger.js";
import { spokenPeers } from "./peer-urls.js";
import { counted, firstOf } from "./spoken.js";
import { elapsedMs } from "./timing.js";

/** How many peers one line names. */
const MAX_NAMED = 3;
/** How many lines an hour say who is left alone; each peer is named or counted in one of them at most. */
const MAX_LINES = 6;
const HOUR_MS = 3_600_000;
/** How many peers are remembered that were said to be left alone … */
const MAX_REMEMBERED = 10_000;
/** … and how many reasons of failures. */
const MAX_REASONS = 256;
/** How many peers that failed or were skipped have a line of their own at the level "debug". */
const MAX_DETAILS = 100;
/** On a node of the platform, which peers that are spoken of otherwise come from, it is the node that does this. */
const NOT_LISTED = " createSharing does not enter this node into that list: see README, The service";
/** Faults of this node, which say nothing of the peer. */
const OWN_FAULT = /^(STORE_|IDENTITY_|ABORTED)/;
/** What wasm says of a peer that is left alone begins so. */
const LEFT_ALONE = /^left alone for ([\w ]{1,40}?) more\b/;

export class PeerMessages {
  #logger;
  #reasons = new Map(); // url → why it failed last
  #saidMs = new Map(); // url → when it was said that it is left alone, the oldest first
  #linesMs = [];
  #options;
  #noneAnswers = false;

  /** `options` are those of the Sharing. */
  constructor(logger, options) {
    this.#logger = logger;
    this.#options = options;
  }

  afterRound({ error, peers }) {
    if (peers.length > 0) this.#logger.noteWell("NOBODY");
    else if (error === undefined) this.#speakOfNobody();
    this.#noteReasons(peers);
    const asked = peers.filter(({ outcome, code }) => outcome !== "skipped" || code === "ADDRESS_REFUSED");
    if (asked.some(gaveSomething)) this.#someAnswer();
    else if (asked.length > 0 && asked.every(isTheirFault)) this.#noneAnswer(asked, peers);
    if (asked.some(servesRecords)) this.#logger.noteWell("NOT_SERVED");
    else if (asked.length > 0 && asked.every(knowsNothing)) this.#noneServes(asked, peers);
    // That none answers has been said: those are left alone for no other reason.
    if (!this.#noneAnswers) this.#speakOfThoseLeftAlone(peers.filter(({ code }) => code === "BACKING_OFF"));
  }

  /** One line for each peer that failed or was skipped. */
  tell({ peers }) {
    const odd = peers.filter(({ code }) => code !== undefined);
    for (const { url, outcome, code, message } of odd.slice(0, MAX_DETAILS)) {
      this.#logger.debug(`${shown(url)} ${outcome}: ${code}: ${message ?? ""}`);
    }
    if (odd.length > MAX_DETAILS)
      this.#logger.debug(`and ${counted(odd.length - MAX_DETAILS, "other peer")} failed or skipped`);
  }

  /** The first node of a task is alone as well as one that was given the wrong task id. */
  #speakOfNobody() {
    const { taskId, peers, serviceUrl } = this.#options;
    const start = "there is nobody to share with:";
    if (serviceUrl === false) return this.#logger.warn("NOBODY", `${start} ${withoutService(peers)}`);
    const by = peers === undefined ? "the node service lists" : `node service and ${spokenPeers(peers)} list`;
    const line = `${start} ${by} no other node of task ${taskId}`;
    this.#logger.warn(
      "NOBODY",
      `${line}; unless this is its first node, is option taskId right?${peers?.spokenAs ? "" : NOT_LISTED}`,
    );
  }

  /** Nodes that run, and have never heard of this task, or of this collection. */
  #noneServes(asked, peers) {
    const { taskId, collection = USUAL_COLLECTION } = this.#options;
    const whom = asked.length > 1 ? `none of the ${asked.length} peers serves` : `${oneOf(peers)} does not serve`;
    const where = `${shown(asked[0].url)}/task/${taskId}/${collection}`;
    const line = `${whom} records of this task: HTTP 404 at ${where}`;
    this.#logger.warn("NOT_SERVED", `${line}; are option taskId and collection right?`);
  }

  #noteReasons(peers) {
    for (const { url, outcome, message } of peers) {
      if (outcome === "skipped") continue;
      this.#reasons.delete(url);
      if (outcome === "failed") this.#reasons.set(url, message);
      if (this.#reasons.size > MAX_REASONS) this.#reasons.delete(this.#reasons.keys().next().value);
    }
  }

  #someAnswer() {
    if (this.#noneAnswers) this.#logger.info("peers answer again");
    this.#noneAnswers = false;
    this.#logger.noteWell("NO_PEER_ANSWERS");
  }

  #noneAnswer(asked, peers) {
    this.#noneAnswers = true;
    const whom = asked.length === 1 ? `${oneOf(peers)} could not be read` : `none of the ${asked.length} peers could be read`;
    const named = firstOf(asked, MAX_NAMED, ({ url, message }) => withReason(url, message));
    this.#logger.warn("NO_PEER_ANSWERS", `${whom}: ${named}`);
  }

  #speakOfThoseLeftAlone(leftAlone) {
    const nowMs = elapsedMs();
    this.#forgetBefore(nowMs - HOUR_MS);
    const unsaid = leftAlone.filter(({ url }) => !this.#saidMs.has(url));
    if (unsaid.length === 0 || this.#linesMs.length >= MAX_LINES) return;
    this.#linesMs.push(nowMs);
    for (const { url } of unsaid) this.#saidMs.set(url, nowMs);
    const hasReason = ({ url }) => this.#reasons.has(url);
    const inOrder = [...unsaid.filter(hasReason), ...unsaid.filter((peer) => !hasReason(peer))];
    const named = firstOf(inOrder, MAX_NAMED, (peer) => this.#whyLeftAlone(peer));
    const are = unsaid.length === 1 ? "a peer is" : `${unsaid.length} peers are`;
    this.#logger.say("warn", `${are} left alone: ${named}`);
  }

  #whyLeftAlone({ url, message = "" }) {
    const [, wait] = LEFT_ALONE.exec(message) ?? [];
    const howLong = wait === undefined ? "" : ` for ${wait} more`;
    return withReason(url, this.#reasons.get(url) ?? "failed before", howLong);
  }

  #forgetBefore(ms) {
    this.#linesMs = this.#linesMs.filter((saidMs) => saidMs > ms);
    for (const [url, saidMs] of this.#saidMs) {
      if (saidMs > ms && this.#saidMs.size <= MAX_REMEMBERED) break;
      this.#saidMs.delete(url);
    }
  }
}

/** Why there is nobody where option serviceUrl is false. */
function withoutService(peers) {
  if (peers === undefined) return "option serviceUrl is false, and option peers is not given";
  return `option serviceUrl is false, and ${spokenPeers(peers)} names no other node`;
}

/** Whether it answered, or gave records before it failed. */
function gaveSomething({ outcome, offered }) {
  return (outcome !== "failed" && outcome !== "skipped") || offered > 0;
}

function servesRecords(peer) {
  return gaveSomething(peer) && !knowsNothing(peer);
}

/** Whether it says that there is nothing at its path. */
function knowsNothing({ outcome, httpStatus }) {
  return outcome === "empty" && httpStatus === 404;
}

/** The one that was asked; others may be left alone. */
function oneOf(peers) {
  return peers.length === 1 ? "the only peer" : "the only peer that was asked";
}

function isTheirFault({ code }) {
  return !OWN_FAULT.test(code ?? "");
}

/** A peer and why, of which the url stands there once. */
function withReason(url, reason = "", howLong = "") {
  return `${shown(url)}${howLong} (${reason.replace(`: ${url}/`, ": /")})`;
}

/** A url as a list gave it may have a password in it, or a secret in its query. */
function shown(url) {
  if (url === "") return "an entry without a url";
  return url.replace(/\/\/[^/?#]*@/, "//…@").replace(/\?.*$/, "?…");
}
