// Requests of other nodes: wasm says what each is answered with, head and body; here they become a Response.
import { joined } from "./bytes.js";
import { coded, messageOf } from "./errors.js";

/** What a node answers that has trapped. */
const FAILED = { "access-control-allow-origin": "*", "content-type": "application/json; charset=utf-8" };

/** A Response, or undefined where the request is not for this node; never rejects. */
export async function handle(node, request) {
  try {
    const { pathname, search } = new URL(request.url);
    const bodyBytes = node.ask((engine) => engine.bodyBytes(request.method, pathname));
    if (bodyBytes === undefined) return undefined;
    const body = await firstBytes(request.body, bodyBytes);
    const { status, headers, text, pages } = await node.serve(request, pathname + search, body);
    return new Response(text ?? (pages && streamOf(pages)) ?? null, { status, headers });
  } catch (error) {
    const failure = { ok: false, code: error.code ?? "INTERNAL", message: messageOf(error) };
    return new Response(JSON.stringify(failure), { status: 503, headers: FAILED });
  }
}

/**
 * The first bytes of a request's body. The rest is left unread, and not cancelled: a Request made of text, on Node
 * 18.12, would then throw where nobody can catch it.
 */
async function firstBytes(body, length) {
  const pieces = [];
  if (body === null || length === 0) return joined(pieces);
  const reader = body.getReader();
  for (let left = length; left > 0; ) {
    const { done, value } = await reader.read();
    if (done) break;
    pieces.push(value.subarray(0, left));
    left -= pieces.at(-1).length;
  }
  return joined(pieces);
}

function streamOf(pages) {
  return new ReadableStream({
    async pull(controller) {
      const page = await pages.next();
      if (page === undefined) controller.close();
      else controller.enqueue(page);
    },
    cancel() {
      pages.close();
    },
  });
}

/** Pages of one instance: after a trap there are no more. */
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
