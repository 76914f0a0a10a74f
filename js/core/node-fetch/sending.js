// One request of node:http: from its socket to the head of its answer.
import { reasonOf } from "./abortable.js";
import { placeOf } from "./connect.js";
import { located } from "./failures.js";

/** A server that sends nothing for this long is given up, even without a signal. */
export const SILENCE_MS = 300_000;

/**
 * Sends a request by `scheme`, node:http or node:https. Resolves to `{ message, place }`, where place is the address that
 * answered. `call` is `{ body, signal, onSocket, onClose }`; after a failure it also says whether the socket `wasReused`.
 */
export function sendRequest(scheme, options, call) {
  return new Promise((resolve, reject) => new Sending(scheme.request(options), call, { resolve, reject }).begin());
}

class Sending {
  #request;
  #call;
  #outcome;
  #message;
  #place;

  /** `outcome` has `resolve` and `reject`, which settle the promise of the answer. */
  constructor(request, call, outcome) {
    this.#request = request;
    this.#call = call;
    this.#outcome = outcome;
  }

  begin() {
    this.#followSignal();
    const request = this.#request;
    request.once("socket", (socket) => this.#useSocket(socket));
    request.on("error", (error) => this.#fail(error));
    request.once("timeout", () => request.destroy(new Error(`it has sent nothing for ${SILENCE_MS / 1000} s`)));
    request.once("upgrade", (_, socket) => {
      socket.destroy();
      this.#fail(new Error("it answered by switching to another protocol"));
    });
    request.once("response", (message) => this.#answer(message));
    request.end(this.#call.body);
  }

  #followSignal() {
    const { signal } = this.#call;
    const onAbort = () => {
      this.#outcome.reject(reasonOf(signal));
      this.#message?.destroy(reasonOf(signal));
      this.#request.destroy();
    };
    signal?.addEventListener("abort", onAbort);
    this.#request.once("close", () => signal?.removeEventListener("abort", onAbort));
  }

  #useSocket(socket) {
    const note = () => (this.#place = placeOf(socket.remoteAddress, socket.remotePort));
    if (socket.connecting) socket.once("connect", note);
    else note();
    this.#call.onSocket?.(socket);
  }

  #fail(error) {
    this.#call.wasReused = this.#request.reusedSocket;
    if (this.#message === undefined) this.#outcome.reject(located(error, this.#place, this.#call.signal));
    // An answer that arrived whole is good, and so is one to a body that the other side did not read to its end.
    else if (!this.#message.complete && error.code !== "EPIPE") this.#message.destroy(error);
  }

  #answer(message) {
    this.#message = message;
    message.on("error", () => {}); // the body reports it to its reader
    this.#request.once("close", this.#call.onClose);
    this.#outcome.resolve({ message, place: this.#place });
  }
}
