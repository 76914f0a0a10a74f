// Publishing: a record that is sent to other nodes, each of which says what it did with it.
import { coded } from "./errors.js";
import { check } from "./options.js";
import { OutgoingPost } from "./outgoing-post.js";
import { refusal, refusalOf } from "./refusals.js";
import { printable } from "./printable.js";
import { fetchFor } from "./transport.js";

/** How many of the known peers shall hold the record, and how many are asked at a time. */
const HOLDERS = 3;
/** How many of the nodes that the caller names are asked at a time. */
const NAMED_AT_ONCE = 32;
const MAX_SHOWN_URL_CHARACTERS = 512;

const RULES = {
  to: {
    wanted: "the url of a node, or an array of such urls",
    accepts: (value) => typeof value === "string" || (Array.isArray(value) && value.length > 0 && value.every(isString)),
  },
};

export class Publishing {
  #core;
  #node;
  #options;
  #fetch;
  #open = new Set();

  /** `node` has `addressee(url)`, `peersToSendTo()`, `knowsPeers()` and `nowMs()`. */
  constructor(core, node, options) {
    this.#core = core;
    this.#node = node;
    this.#options = options;
    this.#fetch = fetchFor({ fetch: options.fetch, warn: (message) => options.logger.warn("FETCH", message) });
  }

  /** A PublishResult of each node that was asked, or one that says why none was; never rejects. */
  async publish(record, options = {}) {
    try {
      const { to } = check(options, RULES, "publish");
      const verdict = this.#judge(record);
      const addressees = to === undefined ? [] : this.#named(to);
      if (!verdict.ok) return verdictOfEach(verdict, addressees);
      if (this.#options.signal?.aborted) throw coded("ABORTED", "the signal given as option signal is aborted");
      return await this.#run(verdict, to === undefined ? undefined : addressees);
    } catch (error) {
      return [{ url: "", ...refusalOf(error) }];
    }
  }

  /** Ends all that is under way. */
  abort() {
    for (const publication of this.#open) publication.abort();
  }

  /** The verdict on the record, with its text as a store keeps it. */
  #judge(record) {
    const verdict = this.#core.verifyRecord(record, { now: this.#node.nowMs(), identity: this.#options.identity });
    return verdict.ok ? verdict : { ...verdict, stored: false };
  }

  async #run(verdict, named) {
    const publication = new Publication(verdict, { fetch: this.#fetch, timeoutMs: this.#options.peerTimeoutMs });
    this.#open.add(publication);
    try {
      if (named !== undefined) return await publication.sendToAll(named);
      return await publication.sendUntilHeld(await this.#known());
    } finally {
      this.#open.delete(publication);
    }
  }

  /** The nodes of these urls, each once. */
  #named(to) {
    const addressees = [to].flat().map((url) => this.#addressee(url, () => true)); // the caller's own choice
    return [...new Map(addressees.map((addressee) => [addressee.url, addressee])).values()];
  }

  async #known() {
    const urls = await this.#node.peersToSendTo();
    if (urls.length === 0) throw this.#nobody();
    return urls.map((url) => this.#addressee(url, ({ isPrivate }) => isPrivate));
  }

  /** The node of this url; of one that is not the url of a node, or is not to be asked, the result. */
  #addressee(url, allowsPrivate) {
    try {
      const addressee = this.#node.addressee(url);
      return { ...addressee, allowPrivateNetworks: this.#options.allowPrivateNetworks ?? allowsPrivate(addressee) };
    } catch (error) {
      return { url: printable(url.slice(0, MAX_SHOWN_URL_CHARACTERS)), fault: refusalOf(error) };
    }
  }

  #nobody() {
    if (this.#node.knowsPeers()) return coded("BACKING_OFF", "all known peers failed often, and are left alone for a while");
    const sources =
      this.#options.serviceUrl === false
        ? "option serviceUrl is false, and option peers names none"
        : "neither the service nor option peers names any";
    return coded("PEER_UNREACHABLE", `no peer is known: ${sources}`);
  }
}

/** One record on its way to several nodes. */
class Publication {
  #verdict;
  #terms;
  #posts = new Set();
  #isAborted = false;

  constructor(verdict, terms) {
    this.#verdict = verdict;
    this.#terms = terms;
  }

  sendToAll(addressees) {
    return this.#send(addressees, NAMED_AT_ONCE, () => false);
  }

  /** Whoever found a holder asks nobody else, so that in the end there are as many holders as are wanted. */
  sendUntilHeld(addressees) {
    return this.#send(addressees, HOLDERS, ({ ok }) => ok);
  }

  abort() {
    this.#isAborted = true;
    for (const post of this.#posts) post.abort();
  }

  async #send(addressees, atOnce, isEnough) {
    const results = [];
    const left = addressees.entries();
    const sendOn = async () => {
      for (const [at, addressee] of left) {
        results[at] = await this.#post(addressee);
        if (isEnough(results[at])) return;
      }
    };
    await Promise.all(Array.from({ length: atOnce }, sendOn));
    return results;
  }

  async #post({ url, endpoint, allowPrivateNetworks, fault }) {
    if (fault) return { url, ...fault };
    if (this.#isAborted) return { url, ...refusal("ABORTED", "ended by stop() or by the signal before it was asked") };
    const post = new OutgoingPost(this.#verdict, { url, endpoint }, { ...this.#terms, allowPrivateNetworks });
    this.#posts.add(post);
    return post.send().finally(() => this.#posts.delete(post));
  }
}

function verdictOfEach(verdict, addressees) {
  const urls = addressees.length === 0 ? [""] : addressees.map(({ url }) => url);
  return urls.map((url) => ({ url, ...verdict }));
}

function isString(value) {
  return typeof value === "string";
}
