// The body of a request of node:http, in a form that Request takes.
import { coded } from "./errors.js";
import { MAX_POST_BYTES } from "./limits.js";

const TOO_MANY = {
  status: 429,
  code: "TOO_BUSY",
  message: "too many posts are arriving from your address at the same time; try again in a second",
};
const TOO_LARGE = { status: 413, code: "TOO_LARGE", message: `the body is longer than ${MAX_POST_BYTES} bytes` };
const READ_BEFORE = `it was read before it came here; give it as req.body (Koa: ctx.req.body = ctx.request.body; Fastify: request.raw.body = request.body), or put nodeHandler before what reads it`;

/**
 * `{ content, refusal }`: the refusal is set while the body is read, and has the status, code and message of the answer.
 * `enter()` is called when reading begins, and returns whether there is room.
 */
export function requestBody(req, enter) {
  const wasRead = req._body === true || req.readableDidRead || req.readableEnded;
  const parsed = wasRead ? parsedBody(req.body) : undefined;
  return parsed === undefined ? new UnreadBody(req, enter) : { content: parsed };
}

/** Undefined if there is none, or it cannot be written as JSON. */
function parsedBody(body) {
  if (typeof body === "string" || body instanceof Uint8Array) return body;
  try {
    return JSON.stringify(body);
  } catch {
    return undefined;
  }
}

/** Why the body can no longer be read; undefined if it can. */
function whyUnreadable(req) {
  if (req.readableDidRead || req.readableEnded) return READ_BEFORE;
  if (req.destroyed || req.errored || req.readable === false) return "it was cut off before it came here";
  if (req.listenerCount("readable") > 0) return "something else is reading it; put nodeHandler before that";
  if (req.readableEncoding && req.readableEncoding !== "utf8")
    return `it is read as text in ${req.readableEncoding}; put nodeHandler before what sets that`;
  return undefined;
}

/** Nothing is read before `handle` asks for it, so that a request that is not ours reaches the next handler whole. */
class UnreadBody {
  #req;
  #enter;
  #received = 0;
  #stopListening;

  constructor(req, enter) {
    this.#req = req;
    this.#enter = enter;
    this.refusal = undefined;
    const source = { pull: (controller) => this.#pull(controller), cancel: () => this.#discard() };
    this.content = new ReadableStream(source, { highWaterMark: 0 });
  }

  #pull(controller) {
    if (!this.#stopListening) {
      const why = whyUnreadable(this.#req);
      if (why)
        return this.#refuse(controller, { status: 400, code: "BODY_UNREADABLE", message: `the body cannot be read: ${why}` });
      if (!this.#enter()) return this.#refuse(controller, TOO_MANY);
      this.#listen(controller);
    }
    this.#req.resume();
  }

  #listen(controller) {
    const req = this.#req;
    const cutOff = () => this.#stop(() => controller.error(new Error("the request was cut off")));
    const onData = (chunk) => this.#take(chunk, controller);
    const onEnd = () => this.#stop(() => controller.close());
    this.#stopListening = () => {
      req.off("data", onData).off("end", onEnd).off("error", cutOff).off("close", cutOff).pause();
    };
    req.on("data", onData).on("end", onEnd).on("error", cutOff).on("close", cutOff);
  }

  #take(chunk, controller) {
    const bytes = typeof chunk === "string" ? new TextEncoder().encode(chunk) : new Uint8Array(chunk);
    this.#received += bytes.length;
    if (this.#received > MAX_POST_BYTES) return this.#refuse(controller, TOO_LARGE);
    this.#req.pause();
    if (bytes.length > 0) controller.enqueue(bytes);
  }

  #refuse(controller, refusal) {
    this.refusal = refusal;
    this.#discard();
    controller.error(coded(refusal.code, refusal.message));
  }

  #stop(tell) {
    this.#stopListening();
    tell();
  }

  #discard() {
    this.#stopListening?.();
    discardRest(this.#req);
  }
}

const MAX_DISCARDED_BYTES = 16 * 1024 * 1024; // of a refused body, so that its sender still reads the refusal

// A sender whose body is not read to its end may never read the answer, and its connection could not be used again.
function discardRest(req) {
  let discarded = 0;
  req.on("data", (chunk) => {
    discarded += chunk.length;
    if (discarded > MAX_DISCARDED_BYTES) req.destroy();
  });
  req.resume();
}
