// Answers other nodes: what is asked for and whether it changed is decided in wasm, the bodies stream from the store.
import { messageOf } from "./errors.js";

/** A database that cannot tell of changes is read again for a request after this time. */
const SERVED_AGE_MS = 5_000;
/** The body of a POST may be this long; a record's item is at most 1 MiB. */
const MAX_POST_BYTES = 1024 * 1024 + 4096;
/** Entries are sent in pieces of about this many characters. */
const PIECE_CHARACTERS = 64 * 1024;

const CORS = { "access-control-allow-origin": "*", "x-content-type-options": "nosniff" };
const JSON_TYPE = { "content-type": "application/json; charset=utf-8" };

export class Server {
  #core;
  #sharing;
  #options;

  constructor(core, sharing, options) {
    this.#core = core;
    this.#sharing = sharing;
    this.#options = options;
  }

  /** A Response, or undefined where the request is not ours; never rejects. */
  async handle(request) {
    try {
      const wanted = this.#sharing.ask((engine) => engine.wanted(request.method, new URL(request.url).pathname));
      if (wanted === undefined) return undefined;
      if (wanted === "preflight") return this.#preflight();
      if (wanted === "write") return await this.#write(request);
      return await this.#read(request, wanted);
    } catch (error) {
      return failure(503, error.code ?? "INTERNAL", messageOf(error));
    }
  }

  #preflight() {
    const { acceptWrites } = this.#options;
    const headers = {
      ...CORS,
      "access-control-allow-methods": acceptWrites ? "GET, HEAD, POST, OPTIONS" : "GET, HEAD, OPTIONS",
      "access-control-allow-headers": "if-none-match, cache-control, content-type",
      "access-control-max-age": "86400",
    };
    return new Response(null, { status: 204, headers });
  }

  async #read(request, form) {
    await this.#sharing.load({ maxAgeMs: SERVED_AGE_MS });
    // The tag is taken before the store is read: a write in between makes the tag too old, never too new.
    const etag = this.#sharing.ask((engine) => engine.entityTag());
    const headers = { ...CORS, ...JSON_TYPE, etag, "access-control-expose-headers": "ETag", "cache-control": "no-cache" };
    const condition = request.headers.get("if-none-match");
    if (condition !== null && this.#core.enter((wasm) => wasm.isCurrent(condition, etag))) {
      return new Response(null, { status: 304, headers });
    }
    const body = request.method === "HEAD" ? null : streamOf(this.#pieces(form));
    return new Response(body, { status: 200, headers });
  }

  async *#pieces(form) {
    let piece = "[";
    let separator = "";
    for await (const { key, text } of this.#sharing.soundEntries()) {
      piece += separator + (form === "all" ? this.#keyed(key, text) : text);
      separator = ",";
      if (piece.length < PIECE_CHARACTERS) continue;
      yield piece;
      piece = "";
    }
    yield `${piece}]`;
  }

  #keyed(key, text) {
    const [publicKey] = key.split("/");
    return `{"key":${JSON.stringify(`${this.#options.collection}:${publicKey}`)},"value":${text}}`;
  }

  async #write(request) {
    const body = await boundedText(request);
    if (body === undefined) return failure(413, "TOO_LARGE", `the body is longer than ${MAX_POST_BYTES} bytes`);
    const given = parsed(body);
    const record = given?.data === undefined && given?.payload !== undefined ? given.payload : given;
    const verdict = await this.#sharing.put(record);
    if (verdict.stored) return json(200, verdict);
    if (verdict.ok) {
      return json(409, { ...verdict, message: "the same or a newer version of this record is held" });
    }
    const isOurFault = verdict.code === "INTERNAL" || /^STORE_(FAILED|TIMEOUT|DROPPED)$/.test(verdict.code);
    return json(isOurFault ? 503 : 400, verdict);
  }
}

function parsed(text) {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

async function boundedText(request) {
  const decoder = new TextDecoder();
  let text = "";
  let bytes = 0;
  if (request.body === null) return text;
  const reader = request.body.getReader();
  for (let { done, value } = await reader.read(); !done; { done, value } = await reader.read()) {
    bytes += value.length;
    // Not cancelled: a Request made of text, on Node 18.12, would then throw where nobody can catch it.
    if (bytes > MAX_POST_BYTES) return undefined;
    text += decoder.decode(value, { stream: true });
  }
  return text + decoder.decode();
}

function streamOf(pieces) {
  const encoder = new TextEncoder();
  return new ReadableStream({
    async pull(controller) {
      const { done, value } = await pieces.next();
      if (done) controller.close();
      else controller.enqueue(encoder.encode(value));
    },
    async cancel() {
      await pieces.return();
    },
  });
}

function json(status, value) {
  return new Response(JSON.stringify(value), { status, headers: { ...CORS, ...JSON_TYPE } });
}

function failure(status, code, message) {
  return json(status, { ok: false, code, message });
}
