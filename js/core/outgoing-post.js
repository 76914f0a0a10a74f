// One record, posted to one node.
import { coded, isCoded, messageOf } from "./errors.js";
import { PeerRequest } from "./peer-request.js";
import { resultOfAnswer } from "./post-answer.js";
import { reasonOf } from "./failure-reasons.js";
import { refusal } from "./refusals.js";
import { spokenDuration } from "./spoken.js";
import { within } from "./timing.js";

/** How many bytes of an answer are read. */
const MAX_ANSWER_BYTES = 64 * 1024;

export class OutgoingPost {
  #verdict;
  #node;
  #terms;
  #request;
  #endWith;

  /**
   * `verdict`: the one that accepts the record. `node`: its `url`, and the `endpoint` where it takes records.
   * `terms`: the `fetch` to send by, `timeoutMs` for the whole, and whether a name may lead into `allowPrivateNetworks`.
   */
  constructor(verdict, node, terms) {
    this.#verdict = verdict;
    this.#node = node;
    this.#terms = terms;
    this.#request = new PeerRequest();
  }

  /** The PublishResult; never rejects. */
  async send() {
    const { url, endpoint } = this.#node;
    const { timeoutMs } = this.#terms;
    const late = () => coded("PEER_TIMEOUT", `no whole answer within ${spokenDuration(timeoutMs)}`);
    try {
      const answer = await this.#unlessEnded(within(this.#ask(), timeoutMs, late));
      return { url, httpStatus: answer.status, ...resultOfAnswer(answer, this.#verdict) };
    } catch (error) {
      const [code, why] = isCoded(error) ? [error.code, messageOf(error)] : ["PEER_UNREACHABLE", reasonOf(error, endpoint)];
      return { url, ...refusal(code, why), signedText: this.#verdict.signedText };
    } finally {
      this.#request.end();
    }
  }

  /** Ends it: it is ABORTED. */
  abort() {
    this.#endWith?.(coded("ABORTED", "ended by stop() or by the signal; the node may have stored it"));
  }

  #unlessEnded(answer) {
    return new Promise((resolve, reject) => {
      this.#endWith = reject;
      answer.then(resolve, reject);
    });
  }

  async #ask() {
    const { fetch, allowPrivateNetworks } = this.#terms;
    const sent = { url: this.#node.endpoint, headers: { "content-type": "application/json" } };
    const limits = { allowPrivateNetworks, maxBodyBytes: MAX_ANSWER_BYTES, wantsEveryStatus: true };
    const { response, body } = await this.#request.send(fetch, initsOf(this.#verdict), sent, limits);
    const isRedirect = response.type === "opaqueredirect" || (response.status >= 300 && response.status < 400);
    if (isRedirect) throw coded("PEER_REDIRECTED", redirectOf(response.headers?.get?.("location")));
    return { status: response.status, ...(await read(body)) };
  }
}

/** What fetch is given. It is worth no simpler one: without its header, no node would read the record. */
function initsOf({ text }) {
  const body = `{"payload":${text}}`;
  return {
    first: (headers, allowPrivateNetworks) => ({ method: "POST", headers, body, redirect: "manual", allowPrivateNetworks }),
    simpler: () => undefined,
  };
}

/** The text of a body as far as it is read, and what was wrong with the rest. */
async function read(body) {
  const decoder = new TextDecoder();
  let text = "";
  let bytes = 0;
  try {
    for (let piece = await body.read(); piece !== undefined; piece = await body.read()) {
      bytes += piece.length;
      text += decoder.decode(piece, { stream: true });
    }
    return { text };
  } catch (error) {
    const isLong = bytes > MAX_ANSWER_BYTES;
    const fault = isLong ? coded("BODY_TOO_LARGE", `its answer is longer than ${MAX_ANSWER_BYTES} bytes`) : cut(error);
    return { text, fault };
  }
}

function cut(error) {
  return coded("BODY_CUT", `its answer broke off: ${messageOf(error)}`, error);
}

function redirectOf(location) {
  const target = location ? ` to ${messageOf(location)}` : "";
  return `it answered with a redirect${target}, which is never followed; if that is right, give that address`;
}
