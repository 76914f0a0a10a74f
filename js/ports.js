// What wasm asks of JavaScript. Nothing here throws into wasm, and whatever it promises settles in bounded time: the
// deadlines are kept here, whatever the task's own functions do.
import { coded, messageOf } from "./errors.js";
import { Exchange } from "./exchange.js";
import { elapsedMs, turn, within } from "./timing.js";

/** The host of one Sharing; its methods are those of `JsHost` in src/wasm/host.rs. */
export class Host {
  #core;
  #options;
  #store;
  #exchanges = new Set();
  #isAborted = false;

  constructor(core, options, store) {
    this.#core = core;
    this.#options = options;
    this.#store = store;
  }

  /** Lets the next round run. */
  begin() {
    this.#isAborted = false;
  }

  /** Ends the round under way, and every exchange of it. */
  abort() {
    this.#isAborted = true;
    for (const exchange of this.#exchanges) exchange.abort();
  }

  /** Ends and frees what a dead instance had open, and will never close. */
  abandon() {
    this.abort();
    for (const exchange of [...this.#exchanges]) exchange.close();
  }

  elapsedMs() {
    return elapsedMs();
  }

  turn() {
    return this.#core.guard(turn());
  }

  isAborted() {
    return this.#isAborted;
  }

  extraPeers() {
    const { peers, peerTimeoutMs } = this.#options;
    const asked = async () => (typeof peers === "function" ? await peers() : peers);
    return this.#core.guard(
      within(asked(), peerTimeoutMs, () => coded("PEER_TIMEOUT", `peers() did not answer within ${peerTimeoutMs} ms`))
        .then((urls) => [...(urls ?? [])].map(String))
        .catch((error) => {
          this.#options.logger.warn(`dbsharing: option peers: ${messageOf(error)}`);
          return [];
        }),
    );
  }

  hasAccept() {
    return this.#options.accept !== undefined;
  }

  accept(envelopes) {
    const { accept, peerTimeoutMs } = this.#options;
    const ask = async (envelope) => (await accept(JSON.parse(envelope))) === true;
    const late = () => coded("NOT_ACCEPTED", `accept() did not answer within ${peerTimeoutMs} ms`);
    const answers = envelopes.map((envelope) =>
      within(ask(envelope), peerTimeoutMs, late).catch((error) => {
        this.#options.logger.warn(`dbsharing: option accept: ${messageOf(error)}`);
        return false;
      }),
    );
    return this.#core.guard(Promise.all(answers));
  }

  exchange() {
    const exchange = new Exchange(this.#core, this.#options, () => this.#exchanges.delete(exchange));
    this.#exchanges.add(exchange);
    if (this.#isAborted) exchange.abort();
    return exchange;
  }

  versions(after) {
    return this.#core.guard(this.#store.versionsPage(after));
  }

  getMany(keys) {
    return this.#core.guard(this.#store.getMany(keys));
  }

  write(entries) {
    return this.#core.guard(this.#store.write(entries.map(([key, version, text]) => ({ key, version, text }))));
  }
}
