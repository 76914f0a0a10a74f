// The peers of a node from one round to the next: who is lost, who is back, who stays silent.

import { duration, timeOfDay } from "./times.js";

const PEERS_NAMED = 5;

/** What the last rounds said of each peer that is known. */
export class PeerChanges {
  #peers = new Map(); // url → { fault: its last report if it failed, rejected: what was rejected of it, as a text }

  /**
   * Takes in a round's report and the status after it: `{ lost, back, rejectsAnew }`, reports of peers that failed and had
   * not before, addresses of those that answer again, and whether something was rejected that was not the last time.
   */
  note({ peers }, status) {
    const changes = { lost: [], back: [], rejectsAnew: false };
    for (const peer of peers) if (peer.outcome !== "skipped") this.#notePeer(peer, changes);
    this.#forgetAllBut(new Set(status.peers.map(({ url }) => url)));
    return changes;
  }

  #notePeer(peer, changes) {
    const before = this.#peers.get(peer.url);
    const fault = peer.outcome === "failed" ? peer : undefined;
    const rejected = JSON.stringify(peer.rejected);
    if (fault && !before?.fault) changes.lost.push(peer);
    if (!fault && before?.fault) changes.back.push(peer.url);
    // A peer may serve the same bad records in each round.
    if (rejected !== "{}" && rejected !== before?.rejected) changes.rejectsAnew = true;
    this.#peers.set(peer.url, { fault, rejected: rejected === "{}" ? before?.rejected : rejected });
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

/** A sentence for each of a round's failed peers, and one for those beyond a handful. */
export function sentencesAboutFailed(failed, status, nowMs) {
  const retryAtMs = new Map(status.peers.map((peer) => [peer.url, peer.retryAtMs]));
  return firstOf(failed, (peer) => `${peer.url}: ${reasonOf(peer)}${waitOf(retryAtMs.get(peer.url), nowMs)}`);
}

/** Why a peer failed, without its address, which has been said. */
function reasonOf({ url, code, message = "" }) {
  return message === "" ? code : `${message.replace(`${url}/`, "/")} (${code})`;
}

/** The first of a list as texts, and how many more there are. */
export function firstOf(list, textOf) {
  const texts = list.slice(0, PEERS_NAMED).map(textOf);
  const more = list.length - texts.length;
  return more > 0 ? [...texts, `${more} more`] : texts;
}

function waitOf(retryAtMs = 0, nowMs) {
  return retryAtMs > nowMs ? `; left alone for ${duration(retryAtMs - nowMs)}, until ${timeOfDay(retryAtMs)}` : "";
}
