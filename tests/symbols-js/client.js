// One exchange with a peer: ask what differs, then for the records that differ.
import { contentType, isSymbols, parseBody } from "./body.js";
import { wantedIds } from "./decoding.js";
import { discover } from "./discovery.js";
import { entryOf, idOf } from "./element.js";
import { Requests, recordsIn } from "./requests.js";

const IDS_A_REQUEST = 1_000;
const WITHOUT_SYMBOLS_MS = 3_600_000;
const DOUBTS_MS = 600_000;
const MOST_DOUBTS = 3;

/** A node's asking side; its records are in `set`. Which peer of a round is audited is left to the test. */
export class SymbolsClient {
  #peers = new Map(); // url → what is remembered of the peer
  #doubts = []; // `{ peer, atMs }` of each list that was read because symbols did not tell what differs
  #task;
  #now;

  constructor({ taskId, collection = "linktree", set, now = Date.now }) {
    this.set = set;
    this.#task = { taskId, collection };
    this.#now = now;
  }

  /**
   * Takes over what a peer has.
   *
   * @returns `{ outcome: "unchanged" | "synced", how: "symbols" | "json", code, requests, views, noted }`: `views` is the
   *   outcome of each discovery, `noted` the number of ids that differ
   */
  async exchange(url, { isAudit = false } = {}) {
    if (!this.#peers.has(url)) this.#peers.set(url, { noted: 0, withoutSymbolsUntilMs: 0 });
    const peer = this.#peers.get(url);
    const requests = new Requests(url, this.#task);
    const report = { outcome: "synced", how: "symbols", requests, views: [], noted: 0 };
    const count = this.#now() < peer.withoutSymbolsUntilMs ? undefined : Math.min(2_040, Math.ceil(1.6 * peer.noted) + 18);
    const answer = await requests.open(count, this.#tags(peer));
    if (answer.status === 304) return { ...report, outcome: "unchanged" };
    if (!isSymbols(answer.body)) return this.#takeAll(peer, report, { records: recordsIn(answer), tag: answer.headers.etag });
    if (answer.headers["content-type"] !== contentType(this.set.identity)) {
      return this.#takeAll(peer, { ...report, code: "PEER_DIFFERS" }, await requests.all());
    }
    const opening = { ...parseBody(answer.body, { view: 0, from: 0 }), tag: answer.headers.etag };
    try {
      if (await this.#takeDifference(peer, report, { opening, isAudit })) return report;
    } catch (error) {
      if (error.status === undefined) throw error;
      peer.withoutSymbolsUntilMs = this.#now() + WITHOUT_SYMBOLS_MS;
    }
    return this.#takeAll(peer, report, await requests.all());
  }

  /** The tags in a condition: the peer's last one, and that of our own set. */
  #tags(peer) {
    return [...(peer.tag ? [peer.tag] : []), `W/"1-${this.set.digest}"`];
  }

  #takeAll(peer, report, { records, tag }) {
    for (const record of records) this.set.put(record);
    peer.tag = tag;
    return { ...report, how: "json" };
  }

  /** Whether that was all; if not, all records have to be read. */
  async #takeDifference(peer, report, { opening, isAudit }) {
    const found = await this.#discoverBoth(report, { opening, isAudit });
    if (found.isSame) peer.tag = found.tag;
    if (found.isSame || found.isTooMuch) return !found.isTooMuch;
    if (found.isDoubtful) return !this.#mayDoubt(peer);
    report.noted = found.noted;
    peer.noted = found.noted;
    const came = new Set();
    for (let at = 0; at < found.ids.length; at += IDS_A_REQUEST) {
      const records = await report.requests.records(found.ids.slice(at, at + IDS_A_REQUEST));
      for (const record of records) {
        this.set.put(record);
        if (this.set.covers(record)) came.add(idOf(entryOf(record, this.set.identity).key));
      }
    }
    if (found.isWhole && found.ids.every((k) => came.has(k))) peer.tag = found.tag;
    return true;
  }

  /** Whether a list may be read because symbols do not tell: once a peer, and three times in all, in ten minutes. */
  #mayDoubt(peer) {
    const nowMs = this.#now();
    this.#doubts = this.#doubts.filter(({ atMs }) => nowMs - atMs < DOUBTS_MS);
    if (this.#doubts.length >= MOST_DOUBTS || this.#doubts.some((doubt) => doubt.peer === peer)) return false;
    this.#doubts.push({ peer, atMs: nowMs });
    return true;
  }

  /** What differs, in one view or both: the ids to ask for, and whether that is all; or why to read everything instead. */
  async #discoverBoth(report, { opening, isAudit }) {
    const first = await this.#discover(report, { view: 0, opening, isAudit });
    if (first.outcome === "same") return { isSame: true, tag: first.tag };
    if (first.outcome === "too much" || this.set.size === 0) return { isTooMuch: true };
    const { tag } = first;
    const ids = wantedIds(first.noted, 0, this.set);
    const isFirstWhole = first.outcome === "whole";
    if (isFirstWhole && first.noted.size > 0 && !isAudit) return { ids, noted: first.noted.size, isWhole: true, tag };

    const second = await this.#discover(report, { view: 1, count: Math.ceil(1.5 * first.noted.size) + 18, isAudit });
    if (second.outcome === "same") return { isSame: true, tag: second.tag };
    const isSecondWhole = second.outcome === "whole";
    const isNothing = first.noted.size === 0 && second.noted.size === 0;
    if (isNothing || (isAudit && !isSecondWhole)) return { isDoubtful: true };
    const more = wantedIds(second.noted, 1, this.set).filter((k) => isAudit || !first.noted.has(k));
    return {
      ids: [...new Set([...ids, ...more])].sort((one, other) => one - other),
      noted: Math.max(first.noted.size, second.noted.size),
      isWhole: isFirstWhole || isSecondWhole,
      tag: isSecondWhole ? second.tag : tag,
    };
  }

  async #discover(report, how) {
    const ask = (from, count) => report.requests.cells(how.view, from, count);
    const isOwn = (tag) => tag === `W/"1s-${this.set.digest}"`;
    const found = await discover({ ...how, set: this.set, ask, isOwn });
    report.views.push(found.outcome);
    return found;
  }
}
