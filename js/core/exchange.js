// One peer's whole exchange: its requests and bodies, under one deadline that does not trust fetch to honour abort.
import { coded, isCoded } from "./errors.js";
import { PeerRequest } from "./peer-request.js";
import { reasonOf } from "./reasons.js";
import { canMakeRequests, partsOf } from "./requests.js";
import { after } from "./timing.js";

/** The methods are those of `JsExchange` in src/wasm/host.rs. */
export class Exchange {
  #core;
  #transport;
  #ended;
  #end;
  #stopTimer;
  #onClose;
  #isOver = false;
  #requests = [];

  /** `transport` has `fetch`, its `inits`, and `maxBodyBytes`. */
  constructor(core, transport, deadlineMs, onClose) {
    this.#core = core;
    this.#transport = transport;
    this.#onClose = onClose;
    this.#ended = new Promise((_, reject) => {
      this.#end = reject;
    });
    this.#ended.catch(() => {});
    this.#stopTimer = after(deadlineMs, () => this.#endWith(coded("PEER_TIMEOUT", `longer than ${deadlineMs} ms`)));
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

  #endWith(error) {
    this.#end(error);
    this.#free();
  }

  #free() {
    this.#isOver = true;
    for (const request of this.#requests) request.end();
  }

  /** The promise, or the end of the exchange, whichever comes first; a failure of the promise gets this code. */
  #race(promise, code, url) {
    const failure = (error) => {
      throw isCoded(error) ? error : coded(code, reasonOf(error, url), error);
    };
    return Promise.race([promise.catch(failure), this.#ended]);
  }

  async #send({ url, headers }, wanted, allowPrivateNetworks) {
    if (this.#isOver) return this.#ended;
    const { fetch, inits, maxBodyBytes } = this.#transport;
    const request = new PeerRequest();
    this.#requests.push(request);
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
