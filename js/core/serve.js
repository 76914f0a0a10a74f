// Requests of other nodes: wasm decides each answer, head and body; here it becomes a Response.
import { coded, isCoded, messageOf } from "./errors.js";
import { PostedBodies } from "./posted-bodies.js";
import { invalid } from "./option-errors.js";
import { kindName } from "./kind-name.js";
import { AnswerReaders } from "./answer-readers.js";

const JSON_FOR_ALL = { "access-control-allow-origin": "*", "content-type": "application/json; charset=utf-8" };
/** The status of what is not a fault of this node, by its code. */
const STATUSES = { BODY_UNREADABLE: 400, BODY_CUT: 408, TOO_LARGE: 413, TOO_BUSY: 429 };

/** Answers for one Sharing, within bounds that all its requests share. */
export class Answers {
  #node;
  #warn;
  #postedBodies;
  #readers;

  /** `warn(kind, message)` tells the operator. */
  constructor(node, warn) {
    this.#node = node;
    this.#warn = warn;
    this.#postedBodies = new PostedBodies();
    this.#readers = new AnswerReaders();
  }

  /** A Response, or undefined if the request is not for this node; rejects only if it is not a Request. */
  async handle(request) {
    mustBeRequest(request);
    if (typeof Response !== "function" || typeof ReadableStream !== "function") {
      this.#warn(
        "RUNTIME_UNSUPPORTED",
        "handle() needs the globals Response and ReadableStream, which this runtime lacks: nothing is served",
      );
      return undefined;
    }
    try {
      return await this.#answer(request);
    } catch (error) {
      const code = isCoded(error) ? error.code : "INTERNAL";
      const fault = { status: STATUSES[code] ?? 503, code, message: messageOf(error) };
      this.#sayFailure(fault.status, fault);
      return failure({ ...fault, isWrite: request.method === "POST" });
    }
  }

  async #answer(request) {
    const { pathname, search } = new URL(request.url);
    const bodyBytes = this.#node.ask((engine) => engine.bodyBytes(request.method, pathname));
    if (bodyBytes === undefined) return undefined;
    if (bodyBytes === 0) return this.#give(request, pathname + search);
    const store = (body) => this.#store(request, pathname + search, body);
    return responseOf(await this.#postedBodies.take(request.body, bodyBytes, store));
  }

  /** Only a reader of pages takes a place; if none is free, it is checked first whether there will be pages. */
  async #give(request, target) {
    if (request.method !== "GET") return responseOf(await this.#serve(request, target));
    if (this.#readers.areMany) {
      const head = await this.#serve({ method: "HEAD", headers: request.headers }, target);
      if (head.status !== 200) return responseOf(head);
      if (!isOfRecords(head)) return responseOf(await this.#serve(request, target));
    }
    const reader = await this.#readers.enter(request.signal);
    let body;
    try {
      const answer = await this.#serve(request, target);
      body = answer.pages && reader.stream(answer.pages);
      return responseOf(answer, body);
    } finally {
      if (!body) reader.leave();
    }
  }

  #serve(request, target) {
    return this.#store(request, target, new Uint8Array(0));
  }

  async #store(request, target, body) {
    const answer = await this.#node.serve(request, target, body);
    if (answer.status === 503 && answer.content) this.#sayFailure(answer.status, JSON.parse(answer.content));
    return answer;
  }

  /** Logs what otherwise only the asker would see; a trap has been logged already. */
  #sayFailure(status, { code, message }) {
    if (status === 503 && code !== "INTERNAL") this.#warn(code, `a request was answered with status 503: ${message}`);
  }
}

/** Anything with a Request's members is one, such as another implementation's. */
function mustBeRequest(request) {
  const { method, url, headers } = request ?? {};
  if (typeof method === "string" && isAbsolute(url) && typeof headers?.get === "function") return;
  throw invalid(
    TypeError,
    `handle(request) got ${kindName(request)}; wanted a Request: in Express and node:http use nodeHandler of dbsharing/http`,
  );
}

function isAbsolute(url) {
  try {
    return new URL(url).href !== "";
  } catch {
    return false;
  }
}

function responseOf({ status, headers, content }, body) {
  return new Response(content ?? body ?? null, { status, headers });
}

/** Sums over the records are short; records are JSON, and come in pages. */
function isOfRecords({ headers }) {
  return headers.some(([name, value]) => name === "content-type" && value.startsWith("application/json"));
}

/** The answer when nothing can be done; to a write it also says that nothing was stored. */
export function failure({ status, code, message, isWrite }) {
  const again = status === 429 ? { "retry-after": "1" } : {};
  return new Response(failureText({ code, message, isWrite }), { status, headers: { ...JSON_FOR_ALL, ...again } });
}

export function failureText({ code, message, isWrite }) {
  return JSON.stringify({ ok: false, ...(isWrite && { stored: false }), code, message });
}

/** Pages of one wasm instance: after a trap there are no more. */
export class Pages {
  #node;
  #id;
  #generation;

  constructor(node, id, generation) {
    this.#node = node;
    this.#id = id;
    this.#generation = generation;
  }

  /** The next page's bytes; undefined after the last one. */
  async next() {
    if (!this.#node.isAlive(this.#generation)) throw coded("INTERNAL", "dbsharing trapped while this was read");
    const page = await this.#node.page(this.#id);
    if (page === undefined) this.close();
    return page;
  }

  /** Frees what they hold open. */
  close() {
    if (this.#node.isAlive(this.#generation)) this.#node.ask((engine) => engine.closePages(this.#id));
  }
}
