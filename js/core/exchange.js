// One peer's whole exchange: its requests and bodies, under one deadline that does not trust fetch to honour abort.
import { Body } from "./body.js";
import { coded, isCoded, messageOf } from "./errors.js";
import { after } from "./timing.js";

/** The methods are those of `JsExchange` in src/wasm/host.rs. */
export class Exchange {
  #core;
  #fetch;
  #controller = new AbortController();
  #ended;
  #end;
  #stopTimer;
  #onClose;
  #isClosed = false;
  #requests = 0;
  #bodies = [];

  constructor(core, { fetch, deadlineMs }, onClose) {
    this.#core = core;
    this.#fetch = fetch;
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

  /** Sends a request, given as a Request; resolves with `{ status, type, headers, read }`, where headers are as wanted. */
  fetch(request, wanted, allowPrivateNetworks) {
    return this.#core.guard(this.#race(this.#send(request, wanted, allowPrivateNetworks), "PEER_UNREACHABLE"));
  }

  /** The next piece of an answer's body; undefined at its end. */
  read(answer) {
    return this.#core.guard(this.#race(answer.read(), "BODY_CUT"));
  }

  /** Frees whatever is still open. */
  close() {
    this.#isClosed = true;
    this.#stopTimer();
    this.#onClose();
    const isOver = this.#bodies.length === this.#requests && this.#bodies.every(({ isAtEnd }) => isAtEnd);
    if (isOver) return;
    for (const body of this.#bodies) body.cancel();
    this.#controller.abort();
  }

  #endWith(error) {
    this.#end(error);
    this.#controller.abort();
  }

  /** The promise, or the end of the exchange, whichever comes first; a failure of the promise gets this code. */
  #race(promise, code) {
    const failure = (error) => {
      throw isCoded(error) ? error : coded(code, messageOf(error), error);
    };
    return Promise.race([promise.catch(failure), this.#ended]);
  }

  async #send(request, wanted, allowPrivateNetworks) {
    this.#requests += 1;
    const fetch = this.#fetch ?? globalThis.fetch;
    if (typeof fetch !== "function") throw coded("PEER_UNREACHABLE", "this runtime has no fetch: give one as option fetch");
    const headers = Object.fromEntries(request.headers);
    const init = { method: "GET", headers, redirect: "manual", cache: "no-store", allowPrivateNetworks, signal: this.#controller.signal };
    const response = await this.#tolerant(fetch, request.url, init);
    const body = new Body(response);
    this.#bodies.push(body);
    if (this.#isClosed) body.cancel();
    return {
      status: response.status,
      type: response.type,
      headers: wanted.map((name) => response.headers?.get?.(name) ?? undefined),
      read: () => body.read(),
    };
  }

  /** In a page a condition makes the browser ask first, which an old peer refuses; it is then asked without one. */
  async #tolerant(fetch, url, init) {
    try {
      return await fetch(url, init);
    } catch (error) {
      const isPage = typeof globalThis.document === "object" || typeof globalThis.importScripts === "function";
      if (!isPage || Object.keys(init.headers).length === 0 || init.signal.aborted) throw error;
      return fetch(url, { ...init, headers: {} });
    }
  }
}
