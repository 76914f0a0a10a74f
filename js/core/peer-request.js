// One request of an exchange, from its sending to the end of its answer's body.
import { Body } from "./body.js";
import { coded } from "./errors.js";
import { callGuarded } from "./events.js";
import { kindName } from "./kind-name.js";
import { turn } from "./timing.js";

/** Of a body that nobody wants, such as a page that says 404, so much is read: then it is worth a new connection. */
const MAX_UNWANTED_BYTES = 256 * 1024;

/** undici keeps several connections of one peer: after one that was closed just when it was used again comes another. */
const MAX_REPEATS = 3;
/** What it says of such a connection. */
const CLOSED_IN_USE = new Set(["UND_ERR_SOCKET", "ECONNRESET", "EPIPE"]);

export class PeerRequest {
  #controller;
  #body;
  #isEnded = false;
  #socket;
  #isLetGo = false;

  /**
   * Resolves with the response and its body, which is being read already; `inits` say what fetch is given. Of a status that
   * is not a success the body is thrown away, unless `wantsEveryStatus`.
   */
  async send(fetch, inits, { url, headers }, { allowPrivateNetworks, maxBodyBytes, wantsEveryStatus = false }) {
    const init = { ...inits.first(headers, allowPrivateNetworks), onSocket: (socket) => this.#noteSocket(socket) };
    const response = await this.#ask(fetch, url, inits, init);
    if (typeof response !== "object" || response === null) {
      throw coded("PEER_UNREACHABLE", `fetch gave ${kindName(response)}; wanted a Response`);
    }
    const isWanted = wantsEveryStatus || (response.status >= 200 && response.status < 300);
    this.#body = new Body(response, { maxBytes: isWanted ? maxBodyBytes : MAX_UNWANTED_BYTES, isWanted });
    if (this.#isEnded) this.#endBody();
    return { response, body: this.#body };
  }

  /** From now on it keeps no process alive, where it goes by nodeFetch, which says what its socket is. */
  letGo() {
    this.#isLetGo = true;
    this.#socket?.unref();
  }

  #noteSocket(socket) {
    this.#socket = socket;
    if (this.#isLetGo) socket.unref();
  }

  /** Frees whatever is still open. */
  end() {
    if (this.#isEnded) return;
    this.#isEnded = true;
    if (this.#body) this.#endBody();
    else void this.#abortSoon();
  }

  async #ask(fetch, url, inits, init, repeats = MAX_REPEATS) {
    try {
      return await this.#askOnce(fetch, url, init);
    } catch (error) {
      if (this.#isEnded) throw error;
      const simpler = inits.simpler(init, error);
      if (simpler !== undefined) return this.#ask(fetch, url, inits, simpler, repeats);
      if (repeats > 0 && wasClosedInUse(error)) return this.#ask(fetch, url, inits, init, repeats - 1);
      throw error;
    }
  }

  /**
   * Each attempt has a controller of its own, which is dropped when fetch rejects: undici may keep a body then that
   * nobody listens to, and to abort it would be an uncaught exception.
   */
  async #askOnce(fetch, url, init) {
    const controller = newController();
    this.#controller = controller;
    try {
      return await fetch(url, controller ? { ...init, signal: controller.signal } : init);
    } catch (error) {
      this.#controller = undefined;
      throw error;
    }
  }

  /** Soon: a rejection that is on its way comes first, so that nothing is aborted which has failed already. */
  async #abortSoon() {
    await turn();
    if (!this.#body) this.#controller?.abort();
  }

  #endBody() {
    const { isAtEnd } = this.#body;
    this.#body.cancel();
    if (!isAtEnd) callGuarded(() => this.#controller?.abort());
  }
}

/** Of other fetches the error itself has the code: they have asked once more already, or had no reason to. */
function wasClosedInUse(error) {
  return error?.code === undefined && CLOSED_IN_USE.has(error?.cause?.code);
}

function newController() {
  return typeof globalThis.AbortController === "function" ? new globalThis.AbortController() : undefined;
}
