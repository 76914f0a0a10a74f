// Peers that the state of a task names: its ip_address_list, an object { stakingKey: url }. The entry of this node is left
// out: others reach this node at that url, but this node does not know it.
import { messageOf } from "../errors.js";
import { printed } from "../kind-name.js";
import { spokenDuration } from "../spoken.js";
import { elapsedMs, within } from "../timing.js";

/** The type under which a node knows these tasks. */
const TASK_TYPE = "KOII";
/** How long an answer is used before the state is asked for again. */
const QUIET_MS = 60_000;
/** The longest that a round waits for an answer; a later answer is used in the next round. */
const MAX_WAIT_MS = 5_000;
const MAX_PEERS = 10_000;

/**
 * How a namespaceWrapper is asked for the state of its task: `{ name, ask }`; undefined if it has no method for it. Newer
 * nodes leave out of the state what is not asked for, but always give the list of urls.
 */
export function stateMethodOf(namespaceWrapper, taskId) {
  const has = (name) => typeof namespaceWrapper?.[name] === "function";
  if (has("getTaskState")) return { name: "getTaskState", ask: () => namespaceWrapper.getTaskState({}) };
  if (!has("getTaskStateById") || taskId === undefined) return undefined;
  return { name: "getTaskStateById", ask: () => namespaceWrapper.getTaskStateById(taskId, TASK_TYPE, {}) };
}

/** What a namespaceWrapper says about its task, asked at most once a minute; its last good answer is kept. */
export class TaskState {
  #method;
  #selfPublicKey;
  #waitMs;
  #warn;
  #urls;
  #askedMs = -Infinity;

  /**
   * `method` is that of `stateMethodOf`. `selfPublicKey()` returns the public key of this node's entry, or undefined, and
   * does not reject. A round has `peerTimeoutMs` for everything that it asks here; `warn(kind, message)` says what went wrong.
   */
  constructor(method, { selfPublicKey, peerTimeoutMs, warn }) {
    this.#method = method;
    this.#selfPublicKey = selfPublicKey;
    this.#waitMs = Math.min(MAX_WAIT_MS, peerTimeoutMs / 2);
    this.#warn = warn;
    this.#urls = [];
  }

  /** The urls; never rejects, and takes less time than a round has for it. */
  async urls() {
    if (elapsedMs() - this.#askedMs >= QUIET_MS) {
      this.#askedMs = elapsedMs();
      const late = () => new Error(`did not answer within ${spokenDuration(this.#waitMs)}`);
      await within(this.#ask(), this.#waitMs, late).catch((error) => this.#say(messageOf(error)));
    }
    return this.#urls;
  }

  async #ask() {
    let state, list;
    try {
      state = await this.#method.ask();
      list = state?.ip_address_list ?? [];
    } catch (error) {
      throw new Error(`threw: ${messageOf(error)}`);
    }
    if (state === null || typeof state !== "object") throw new Error(`gave ${printed(state)}; wanted an object`);
    this.#urls = urlsOf(list, await this.#selfPublicKey());
  }

  #say(what) {
    const used = this.#urls.length > 0 ? "its last list of nodes is used" : "nodes are known only from the node service";
    this.#warn("TASK_STATE", `${this.#method.name} of the namespaceWrapper ${what}; ${used}`);
  }
}

function urlsOf(list, selfPublicKey) {
  if (typeof list !== "object") throw new Error(`gave ${printed(list)} as its ip_address_list; wanted an object of urls`);
  const entries = list instanceof Map ? [...list] : Object.entries(list);
  const isOther = ([key, url]) => key !== selfPublicKey && typeof url === "string" && url !== "";
  return entries
    .filter(isOther)
    .slice(0, MAX_PEERS)
    .map(([, url]) => url);
}
