// What a task says by itself: after each round what went wrong, what is well again, and what the round did.
import { spokenPeers } from "./peer-urls.js";
import { PeerMessages } from "./peer-messages.js";
import { counted, spokenDate, spokenDuration, spokenTime } from "./spoken.js";

/** How many records of one peer are reason to doubt this machine's clock; of two peers any are. */
const MANY_RECORDS = 100;
const SERVICE_FAULTS = ["SERVICE_UNREACHABLE", "SERVICE_STATUS", "SERVICE_BAD_BODY"];
const STORE_FAULTS = new Set(["STORE_FAILED", "STORE_TIMEOUT", "STORE_DROPPED", "IDENTITY_MISMATCH"]);
/** What nothing can be done with before the program is changed. */
const SETUP_FAULTS = new Set(["WASM_UNAVAILABLE", "WASM_INVALID", "NOT_INITIALISED", "RUNTIME_UNSUPPORTED"]);
/** Codes of records that the database does not take, and why, where it has not said so itself. */
const REFUSALS = {
  STORE_FULL: "as many are held as option maxRecords allows",
  STORE_UNSAFE: "the database would damage them or itself",
  STORE_REFUSED: "the database refuses them, and takes others",
  STORE_DROPPED: "the database does not hold what it acknowledged",
  STORE_FAILED: "the database failed",
};
/** How long a list of the service serves. */
const LIST_SERVES_MS = 24 * 3_600_000;

/** What one Sharing says of its rounds. */
export class RoundMessages {
  #logger;
  #options;
  #peers;
  #refusals = new Map(); // code → the first message of this round
  #lastListMs; // when the service last gave a list, by the clock of the reports
  #serviceIsAway = false;
  #databaseFails = false;
  #awaitsWrite = false; // that a write failed, and none has succeeded since

  /** `options` are those of the Sharing. */
  constructor(logger, options) {
    this.#logger = logger;
    this.#options = options;
    this.#peers = new PeerMessages(logger, options);
  }

  /** Notes items of the round under way that were refused, so that the first one of a code can be quoted. */
  noteRejected(items) {
    for (const { code, message } of items) {
      if (Object.hasOwn(REFUSALS, code) && !this.#refusals.has(code)) this.#refusals.set(code, message);
    }
  }

  /** Says what looks wrong with a record of the task's own that the rules accept. */
  noteVerdict({ hint, key }) {
    if (hint !== undefined) this.#logger.warn("HINT", `the record ${key}: ${hint}`);
  }

  /** Says what there is to say of a round that has ended. */
  afterRound(report) {
    this.#speakOfSetup(report);
    if (this.#hasRun(report)) {
      this.#speakOfService(report);
      this.#speakOfDatabase(report);
      this.#speakOfRefusals(report);
      this.#speakOfClock(report);
      this.#peers.afterRound(report);
    }
    this.#refusals.clear();
    this.#tell(report);
  }

  /** Whether it says something of service, database and peers: not where it was ended, or never began. A trap is said at once. */
  #hasRun({ error }) {
    const code = error?.code;
    return code !== "NO_TASK_ID" && code !== "ABORTED" && code !== "INTERNAL" && !SETUP_FAULTS.has(code);
  }

  #speakOfSetup({ error }) {
    if (SETUP_FAULTS.has(error?.code)) this.#logger.error(error.code, error.message);
    if (error?.code !== "NO_TASK_ID") return;
    const here =
      "give options taskId and serviceUrl, or for koiiSharing of dbsharing/koii set TASK_ID and SERVICE_URL in the environment";
    const onNode = "a node passes them as process.argv[3] and process.argv[9], where koiiSharing finds them";
    this.#logger.warn("NO_TASK_ID", `${error.message}; to share from here, ${here}; ${onNode}`);
  }

  #speakOfService({ error, peers, startedAtMs }) {
    if (this.#options.serviceUrl === false) return;
    const isAway = error !== undefined && error.code.startsWith("SERVICE_");
    if (isAway) {
      this.#serviceIsAway = true;
      this.#logger.warn(error.code, `${this.#withService(error.message)}; ${this.#usedInstead(peers, startedAtMs)}`);
    } else if (!STORE_FAULTS.has(error?.code)) {
      if (this.#serviceIsAway) this.#logger.info("the node service answers again");
      this.#serviceIsAway = false;
      this.#lastListMs = startedAtMs;
      this.#logger.noteWell(...SERVICE_FAULTS);
    }
  }

  #withService(message) {
    const { serviceUrl } = this.#options;
    return serviceUrl === undefined ? `${message}; option serviceUrl is not given` : message;
  }

  #usedInstead(peers, nowMs) {
    if (peers.length === 0) return "there is nobody to ask until it answers";
    const hasList = this.#lastListMs !== undefined && nowMs - this.#lastListMs < LIST_SERVES_MS;
    const list = hasList ? [`its list of ${spokenTime(this.#lastListMs)}`] : [];
    const used = this.#options.peers === undefined ? list : [...list, spokenPeers(this.#options.peers)];
    return `${used.join(" and ") || "what is known of peers"} ${used.length > 1 ? "are" : "is"} used`;
  }

  /** A round that had nothing to write, because records are held back, says nothing of whether writes succeed again. */
  #speakOfDatabase(report) {
    const { inserted, replaced, rejected } = report.totals;
    const fault = databaseFault(report);
    if (fault) {
      this.#logger.warn(fault.code, `the database fails: ${fault.message}`);
      this.#databaseFails = true;
      this.#awaitsWrite ||= report.peers.length > 0; // where reading fails, nobody is asked
      return;
    }
    if (inserted + replaced > 0) this.#awaitsWrite = false;
    const isWell = !this.#awaitsWrite && !Object.keys(rejected).some((code) => STORE_FAULTS.has(code));
    if (this.#databaseFails && isWell) this.#logger.info("the database works again");
    this.#databaseFails &&= !isWell;
    if (isWell) this.#logger.noteWell(...STORE_FAULTS);
  }

  #speakOfRefusals(report) {
    if (databaseFault(report)) return;
    const { inserted, replaced, rejected } = report.totals;
    for (const [code, reason] of Object.entries(REFUSALS)) {
      const count = rejected[code];
      if (count === undefined) {
        if (inserted + replaced > 0) this.#logger.noteWell(code);
        continue;
      }
      const why = this.#refusals.has(code) ? `; the first: ${this.#refusals.get(code)}` : `: ${reason}`;
      this.#logger.warn(code, `${counted(count, "record")} not stored${why}`);
    }
  }

  #speakOfClock({ peers, startedAtMs }) {
    const ahead = peers.filter(({ rejected }) => rejected.FROM_THE_FUTURE !== undefined);
    const records = ahead.reduce((sum, { rejected }) => sum + rejected.FROM_THE_FUTURE, 0);
    if (ahead.length < 2 && records < MANY_RECORDS) return;
    const whose = `${counted(records, "record")} of ${counted(ahead.length, "peer")}`;
    const clock = `is this machine's clock right? It says ${spokenDate(startedAtMs)}`;
    this.#logger.warn("FROM_THE_FUTURE", `${whose} are dated more than 10 minutes ahead: ${clock}`);
  }

  #tell(report) {
    const { inserted, replaced } = report.totals;
    if (inserted + replaced > 0) this.#logger.info(changeOf(report));
    this.#logger.debug(summaryOf(report));
    this.#peers.tell(report);
  }
}

/** What the database failed with: in a round without a service it shows at the peers alone. */
function databaseFault({ error, peers }) {
  return [error, ...peers].find((one) => STORE_FAULTS.has(one?.code));
}

function changeOf({ totals: { inserted, replaced }, peers, durationMs }) {
  const givers = peers.filter((peer) => peer.inserted + peer.replaced > 0).length;
  const changed = [inserted && counted(inserted, "new record"), replaced && counted(replaced, "newer version")];
  return `stored ${changed.filter(Boolean).join(" and ")} from ${counted(givers, "peer")} in ${spokenDuration(durationMs)}`;
}

function summaryOf({ error, peers, totals, durationMs }) {
  const { requests, bytesReceived, offered, known, inserted, replaced, kept, rejected } = totals;
  const outcomes = tally(peers.map(({ outcome }) => outcome));
  const asked = outcomes === "" ? "no peers" : `${counted(peers.length, "peer")} (${outcomes})`;
  const refused = Object.entries(rejected).map(([code, count]) => `${count} ${code}`);
  const became = [`${known} known`, `${inserted} new`, `${replaced} newer`, `${kept} older`, ...refused].join(", ");
  const sent = `${counted(requests, "request")}, ${counted(bytesReceived, "byte")}`;
  const ended = error === undefined ? "" : `; ${error.code}`;
  return `round of ${spokenDuration(durationMs)}: ${asked}; ${sent}; ${counted(offered, "item")} (${became})${ended}`;
}

/** "2 failed, 1 synced": how often each is among them. */
function tally(words) {
  const counts = new Map();
  for (const word of words) counts.set(word, (counts.get(word) ?? 0) + 1);
  return [...counts]
    .sort()
    .map(([word, count]) => `${count} ${word}`)
    .join(", ");
}
