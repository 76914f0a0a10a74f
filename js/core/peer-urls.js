// The urls of option peers, in each of its forms.
import { coded, isCoded, messageOf } from "./errors.js";
import { printedUrl } from "./kind-name.js";
import { listOf } from "./options.js";

/** The urls of an array or another iterable, or of an object `{ stakingKey: url }`. */
export async function urlsGivenBy(peers) {
  let given;
  try {
    given = (typeof peers === "function" ? await peers() : peers) ?? [];
    if (typeof given === "object") return listOf(given).map(String);
  } catch (error) {
    if (isCoded(error) && error.code === "PEERS_FAILED") throw error; // one option peers that asks another
    throw peersFailed(`threw: ${messageOf(error)}`, error);
  }
  throw peersFailed(`gave ${printedUrl(given)}; wanted an array of urls`);
}

/** What messages call them: there may be more peers than in the option that the task gave. */
export function spokenPeers(peers) {
  return peers.spokenAs ?? "option peers";
}

/** What follows the words "option peers". */
export function peersFailed(what, cause) {
  return coded("PEERS_FAILED", what, cause);
}
