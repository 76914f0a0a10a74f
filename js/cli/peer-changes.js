// The peers of a node from one round to the next: who is lost, who is back, who is not asked, who stays silent.

import { inWordsOfOptions, shownUrl } from "./library-words.js";
import { duration, timeOfDay } from "./times.js";

const PEERS_NAMED = 5;
const OWN_FAULT = /^(STORE_|IDENTITY_|ABORTED|INTERNAL)/;
const DATABASE_FAULT = /^(STORE_|IDENTITY_)/;

/** What the last rounds said of each peer that is known. */
export class PeerChanges {
  #peers = new Map(); // url → { fault: its last report if it failed, rejected: what was rejected of it, as a text }
  #refused = new Set(); // urls that may not be asked
  #noneServes = false;

  /**
   * Takes in a round's report and the status after it: `{ lost, unreached, refused, back, rejectsAnew, noneServes }`, reports
   * of peers that failed and answered before, or never did, and of those that may not be asked, each once; addresses of those
   * that answer again; whether something was rejected that was not the last time; and whether all say, for the first time,
   * that there is nothing at their paths.
   */
  note({ error, peers }, status) {
    const changes = { lost: [], unreached: [], refused: [], back: [], rejectsAnew: false, noneServes: false };
    const asked = peers.filter((peer) => peer.outcome !== "skipped" && !isOwnFault(peer));
    for (const peer of asked) this.#notePeer(peer, changes);
    this.#noteRefused(peers.filter(isRefused), changes, error);
    if (asked.length > 0) this.#noteServing(asked.every(servesNothing), changes);
    this.#forgetAllBut(new Set(status.peers.map(({ url }) => url)));
    return changes;
  }

  #notePeer(peer, changes) {
    const before = this.#peers.get(peer.url);
    const fault = peer.outcome === "failed" ? peer : undefined;
    const rejected = JSON.stringify(peer.rejected);
    if (fault && !before?.fault) (before ? changes.lost : changes.unreached).push(peer);
    if (!fault && before?.fault) changes.back.push(peer.url);
    // A peer may serve the same bad records in each round.
    if (rejected !== "{}" && rejected !== before?.rejected) changes.rejectsAnew = true;
    this.#peers.set(peer.url, { fault, rejected: rejected === "{}" ? before?.rejected : rejected });
  }

  #noteRefused(refused, changes, error) {
    changes.refused = refused.filter(({ url }) => !this.#refused.has(url));
    // Without a list of the service there is less to refuse, and afterwards nothing new.
    const kept = error === undefined ? [] : this.#refused;
    this.#refused = new Set([...kept, ...refused.map(({ url }) => url)]);
  }

  #noteServing(noneServes, changes) {
    changes.noneServes = noneServes && !this.#noneServes;
    this.#noneServes = noneServes;
  }

  #forgetAllBut(urls) {
    for (const url of this.#peers.keys()) if (!urls.has(url)) this.#peers.delete(url);
  }

  /** The last reports of the peers that failed when they were asked last. */
  get failing() {
    return [...this.#peers.values()].flatMap(({ fault }) => fault ?? []);
  }

  /** How many peers answered when they were asked last. */
  get answering() {
    return this.#peers.size - this.failing.length;
  }
}

/** Whether the url of a peer is one that this node may not ask. */
export function isRefused({ outcome, code }) {
  return outcome === "skipped" && code === "ADDRESS_REFUSED";
}

/** Whether a peer is slow, and still being asked after its round. */
export function isSlow({ outcome, code }) {
  return outcome === "skipped" && code === "PEER_SLOW";
}

/** Whether a peer said that there is nothing at its path. */
export function servesNothing({ outcome, httpStatus }) {
  return outcome === "empty" && httpStatus === 404;
}

/** Whether a peer was not read for a fault of this node, which says nothing of the peer. */
export function isOwnFault({ outcome, code }) {
  return outcome === "failed" && OWN_FAULT.test(code);
}

/** What the database failed with: in a round without a service it shows at the peers alone. */
export function databaseFault({ error, peers }) {
  return [error, ...peers].find((one) => DATABASE_FAULT.test(one?.code ?? ""));
}

/** A sentence for each of a round's failed peers, and one for those beyond a handful. */
export function sentencesAboutFailed(failed, status, nowMs) {
  const retryAtMs = new Map(status.peers.map((peer) => [peer.url, peer.retryAtMs]));
  return firstOf(failed, (peer) => `${sentenceAbout(peer)}${waitOf(retryAtMs.get(peer.url), nowMs)}`);
}

/** Which peer it is, and why it was not read: the address stands there once. */
export function sentenceAbout({ url, code, message = "" }) {
  const why = message === "" ? code : `${inWordsOfOptions(message.replace(`${url}/`, "/"))} (${code})`;
  return `${shownUrl(url)}: ${why}`;
}

/** The first of a list as texts, and how many more there are. */
export function firstOf(list, textOf, most = PEERS_NAMED) {
  const texts = list.slice(0, most).map(textOf);
  const more = list.length - texts.length;
  return more > 0 ? [...texts, `${more} more`] : texts;
}

function waitOf(retryAtMs = 0, nowMs) {
  return retryAtMs > nowMs ? `; left alone for ${duration(retryAtMs - nowMs)}, until ${timeOfDay(retryAtMs)}` : "";
}
