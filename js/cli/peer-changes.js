// How the peers of a node change from one round to the next: which are lost, back, refused, or without records.

import { inWordsOfOptions, shownUrl } from "./library-words.js";
import { duration, timeOfDay } from "./times.js";

const PEERS_NAMED = 5;
const OWN_FAULT = /^(STORE_|IDENTITY_|ABORTED|INTERNAL)/;
const DATABASE_FAULT = /^(STORE_|IDENTITY_)/;

/** What the last rounds reported about each known peer. */
export class PeerChanges {
  #peers = new Map(); // url → { fault: its last report if it failed, rejected: what was rejected of it, as text }
  #refused = new Set(); // urls that may not be asked
  #noneServes = false;

  /**
   * Takes the report of a round and the status after it. Returns what is new: reports of the peers that are `lost` (they
   * answered before), `unreached` (they never did) and `refused` (they may not be asked); the urls of those that are `back`;
   * `hasNewRejections`, whether something was rejected that was not rejected the last time; and `noneServes`, whether all
   * peers say, for the first time, that there is nothing at their paths.
   */
  note({ error, peers }, status) {
    const changes = { lost: [], unreached: [], refused: [], back: [], hasNewRejections: false, noneServes: false };
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
    if (rejected !== "{}" && rejected !== before?.rejected) changes.hasNewRejections = true;
    this.#peers.set(peer.url, { fault, rejected: rejected === "{}" ? before?.rejected : rejected });
  }

  #noteRefused(refused, changes, error) {
    changes.refused = refused.filter(({ url }) => !this.#refused.has(url));
    // Without the list of the service fewer peers are refused; when it is back, the same ones are not reported again.
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

  /** The last report of each peer that failed when it was last asked. */
  get failing() {
    return [...this.#peers.values()].flatMap(({ fault }) => fault ?? []);
  }

  /** How many peers answered when they were last asked. */
  get answering() {
    return this.#peers.size - this.failing.length;
  }
}

/** Whether this node may not ask the url of a peer. */
export function isRefused({ outcome, code }) {
  return outcome === "skipped" && code === "ADDRESS_REFUSED";
}

/** Whether a peer is slow, so that its exchange goes on after the round. */
export function isSlow({ outcome, code }) {
  return outcome === "skipped" && code === "PEER_SLOW";
}

/** Whether a peer said that there is nothing at its path. */
export function servesNothing({ outcome, httpStatus }) {
  return outcome === "empty" && httpStatus === 404;
}

/** Whether a peer was not read because of a fault of this node, which says nothing about the peer. */
export function isOwnFault({ outcome, code }) {
  return outcome === "failed" && OWN_FAULT.test(code);
}

/** The fault of the database: in a round without a service only the peers show it. */
export function databaseFault({ error, peers }) {
  return [error, ...peers].find((one) => DATABASE_FAULT.test(one?.code ?? ""));
}

/** A sentence for each of the first failed peers of a round, and one for the rest. */
export function sentencesAboutFailed(failed, status, nowMs) {
  const retryAtMs = new Map(status.peers.map((peer) => [peer.url, peer.retryAtMs]));
  return firstOf(failed, (peer) => `${sentenceAbout(peer)}${waitOf(retryAtMs.get(peer.url), nowMs)}`);
}

/** Which peer it is, and why it was not read. The url is named once. */
export function sentenceAbout({ url, code, message = "" }) {
  const why = message === "" ? code : `${inWordsOfOptions(message.replace(`${url}/`, "/"))} (${code})`;
  return `${shownUrl(url)}: ${why}`;
}

/** The first items of a list as texts, and how many more there are. */
export function firstOf(list, textOf, most = PEERS_NAMED) {
  const texts = list.slice(0, most).map(textOf);
  const more = list.length - texts.length;
  return more > 0 ? [...texts, `${more} more`] : texts;
}

function waitOf(retryAtMs = 0, nowMs) {
  return retryAtMs > nowMs ? `; left alone for ${duration(retryAtMs - nowMs)}, until ${timeOfDay(retryAtMs)}` : "";
}
