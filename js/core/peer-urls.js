// The urls that option peers gives, in each of its forms.
import { coded, isCoded, messageOf } from "./errors.js";
import { printedUrl } from "./kind-name.js";
import { listOf } from "./options.js";

/** The urls of an array, of anything else that is iterated over, or of an object `{ stakingKey: url }`. */
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

/** What messages call them: peers may be more than the option that the task has given. */
export function spokenPeers(peers) {
  return peers.spokenAs ?? "option peers";
}

/** What follows the words "option peers". */
export function peersFailed(what, cause) {
  return coded("PEERS_FAILED", what, cause);
}
