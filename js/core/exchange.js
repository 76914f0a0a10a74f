// One peer's whole exchange: its requests and bodies, under one deadline that does not trust fetch to honour abort.
import { coded, isCoded } from "./errors.js";
import { PeerRequest } from "./peer-request.js";
import { reasonOf } from "./failure-reasons.js";
import { canMakeRequests, partsOf } from "./get-requests.js";
import { spokenDuration } from "./spoken.js";
import { after, elapsedMs } from "./timing.js";

/** The methods are those of `JsExchange` in src/wasm/host.rs. */
export class Exchange {
  #core;
  #transport;
  #end; // the error that ended it
  #waiting = new Set(); // whoever waits for something of it: the functions that reject
  #stopTimer;
  #beganMs;
  #onClose;
  #isOver = false;
  #isLetGo = false;
  #requests = [];

  /** `transport` has `fetch`, its `inits`, and `maxBodyBytes`. */
  constructor(core, transport, deadlineMs, onClose) {
    this.#core = core;
    this.#transport = transport;
    this.#onClose = onClose;
    this.deadlineMs = deadlineMs;
    this.#beganMs = elapsedMs();
    this.#stopTimer = after(deadlineMs, () => this.#endLate());
  }

  /** From now on it keeps no process alive, as far as its requests can do that. */
  letGo() {
    this.#isLetGo = true;
    for (const request of this.#requests) request.letGo();
    this.#stopTimer();
    const leftMs = Math.max(this.#beganMs + this.deadlineMs - elapsedMs(), 1);
    this.#stopTimer = after(leftMs, () => this.#endLate(), { keepsAlive: false });
  }

  /** Ends the exchange from outside. */
  abort() {
    this.#endWith(coded("ABORTED", "the round was ended by stop() or by the signal"));
  }

  /** Whether a request can be given as a Request; else it is a list of its url, then names and values by turns. */
  takesRequests() {
    return canMakeRequests();
  }

  /** Sends a request; resolves with `{ status, type, headers, read }`, where headers are as wanted. */
  fetch(request, wanted, allowPrivateNetworks) {
    const parts = partsOf(request);
    const answer = this.#send(parts, wanted, allowPrivateNetworks);
    return this.#core.guard(this.#race(answer, "PEER_UNREACHABLE", parts.url));
  }

  /** The next piece of an answer's body; undefined at its end. */
  read(answer) {
    return this.#core.guard(this.#race(answer.read(), "BODY_CUT", answer.url));
  }

  /** Frees whatever is still open. */
  close() {
    this.#stopTimer();
    this.#onClose();
    this.#free();
  }

  /** The limit is read by the wasm, which says it in a report. */
  #endLate() {
    const late = coded("PEER_TIMEOUT", `it took longer than ${spokenDuration(this.deadlineMs)}`);
    this.#endWith(Object.assign(late, { limitMs: this.deadlineMs }));
  }

  #endWith(error) {
    this.#end ??= error;
    for (const reject of this.#waiting) reject(this.#end);
    this.#free();
  }

  #free() {
    this.#isOver = true;
    for (const request of this.#requests) request.end();
  }

  /**
   * The promise, or the end of the exchange, whichever comes first; a failure of the promise gets this code. No promise
   * stands for the end: it would hold all that ever raced with it, so every piece of a body.
   */
  #race(promise, code, url) {
    return new Promise((resolve, reject) => {
      if (this.#end) reject(this.#end);
      this.#waiting.add(reject);
      const failure = (error) => reject(isCoded(error) ? error : coded(code, reasonOf(error, url), error));
      promise.then(resolve, failure).finally(() => this.#waiting.delete(reject));
    });
  }

  async #send({ url, headers }, wanted, allowPrivateNetworks) {
    if (this.#isOver) throw this.#end ?? coded("ABORTED", "the exchange is over");
    const { fetch, inits, maxBodyBytes } = this.#transport;
    const request = new PeerRequest();
    this.#requests.push(request);
    if (this.#isLetGo) request.letGo();
    const limits = { allowPrivateNetworks, maxBodyBytes };
    const { response, body } = await request.send(fetch, inits, { url, headers }, limits);
    return {
      url,
      status: response.status,
      type: response.type,
      headers: wanted.map((name) => response.headers?.get?.(name) ?? undefined),
      read: () => body.read(),
    };
  }
}
