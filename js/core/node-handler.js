// Mounts `sharing.handle` on node:http and Express 4 and 5: a Request out of what arrived, the Response onto the wire.
import { MAX_POST_BYTES } from "./limits.js";

const MAX_DISCARDED_BYTES = 16 * 1024 * 1024; // of a refused body, so that its sender still reads the refusal
const HOST = /^[\w.:[\]-]+$/;

/**
 * A request listener that answers what `sharing.handle` answers. What is not for it goes on to `next()`, with its body
 * unread, or gets 404 where there is no `next`. It never throws and its promise never rejects: an error goes to
 * `next(error)`, or is answered with 500.
 *
 * A body that a parser has already read is taken from `req.body`; another is read up to 1 MiB, and 413 beyond.
 *
 * @param {import("../index.js").Sharing} sharing
 * @returns {import("../http.js").NodeHandler}
 * @example
 * app.use(nodeHandler(sharing));                 // Express 4 and 5
 * http.createServer(nodeHandler(sharing));       // node:http
 */
export function nodeHandler(sharing) {
  if (typeof sharing?.handle !== "function") {
    throw new TypeError(
      `nodeHandler(sharing) wants what createSharing gives; it got ${sharing === null ? "null" : typeof sharing}`,
    );
  }
  return async function handleNodeRequest(req, res, next) {
    try {
      await answer(sharing, req, res, next);
    } catch (error) {
      fail(error, res, next);
    }
  };
}

async function answer(sharing, req, res, next) {
  const aborted = new AbortController();
  res.once("close", () => aborted.abort());
  const body = requestBody(req);
  const response = await responseOf(sharing, req, body, aborted.signal);
  if (res.destroyed) await response?.body?.cancel();
  else if (body.isTooLarge()) refuseBody(req, res);
  else if (response !== undefined) await send(response, req, res);
  else if (next) next();
  else sendJson(res, 404, { code: "NOT_FOUND", message: "nothing is served at this path" });
}

async function responseOf(sharing, req, body, signal) {
  const request = requestOf(req, body, signal);
  if (request === undefined) return undefined;
  try {
    return await sharing.handle(request);
  } catch (error) {
    if (body.isTooLarge() || signal.aborted) return undefined;
    throw error;
  }
}

// A request that a Request cannot be made of (TRACE, a url that is none) is not one that `handle` answers.
function requestOf(req, body, signal) {
  try {
    const hasBody = req.method !== "GET" && req.method !== "HEAD";
    const init = { method: req.method, headers: headersOf(req), signal };
    return new Request(urlOf(req), hasBody ? { ...init, body: body.content, duplex: "half" } : init);
  } catch {
    return undefined;
  }
}

// originalUrl: Express takes the path of a mounted router off `url`.
function urlOf(req) {
  const path = req.originalUrl ?? req.url;
  const protocol = req.socket?.encrypted ? "https" : "http";
  const host = HOST.test(req.headers.host ?? "") ? req.headers.host : "localhost";
  return path.startsWith("/") ? `${protocol}://${host}${path}` : path;
}

function headersOf(req) {
  const headers = new Headers();
  for (const [name, value] of Object.entries(req.headers)) {
    if (!name.startsWith(":")) headers.set(name, Array.isArray(value) ? value.join(", ") : value);
  }
  return headers;
}

function requestBody(req) {
  const wasRead = req.body !== undefined && (req._body === true || req.readableDidRead || req.readableEnded);
  return wasRead ? { content: parsedBody(req.body), isTooLarge: () => false } : unreadBody(req);
}

function parsedBody(body) {
  return typeof body === "string" || body instanceof Uint8Array ? body : JSON.stringify(body);
}

// Nothing is read before `handle` asks for it, so that what is not ours reaches the next handler whole.
function unreadBody(req) {
  let received = 0;
  let stopListening;
  const isTooLarge = () => received > MAX_POST_BYTES;

  function listen(controller) {
    const fail = (message) => {
      stopListening();
      controller.error(new Error(message));
    };
    const onData = (chunk) => {
      received += chunk.length;
      if (isTooLarge()) return fail("the request's body is too large");
      req.pause();
      controller.enqueue(new Uint8Array(chunk));
    };
    const onEnd = () => {
      stopListening();
      controller.close();
    };
    const onClose = () => fail("the request was cut off");
    stopListening = () => req.off("data", onData).off("end", onEnd).off("close", onClose).pause();
    req.on("data", onData).on("end", onEnd).on("close", onClose);
  }

  const source = {
    pull(controller) {
      if (!stopListening) listen(controller);
      req.resume();
    },
    cancel() {
      stopListening?.();
      discardRest(req);
    },
  };
  return { content: new ReadableStream(source, { highWaterMark: 0 }), isTooLarge };
}

function refuseBody(req, res) {
  discardRest(req);
  sendJson(res, 413, { code: "TOO_LARGE", message: `the body is longer than ${MAX_POST_BYTES} bytes` });
}

// A sender that is not read to its end may never read the answer, and its connection could not be used again.
function discardRest(req) {
  let discarded = 0;
  req.on("data", (chunk) => {
    discarded += chunk.length;
    if (discarded > MAX_DISCARDED_BYTES) req.destroy();
  });
  req.resume();
}

async function send(response, req, res) {
  res.statusCode = response.status;
  response.headers.forEach((value, name) => res.setHeader(name, value));
  if (req.method === "HEAD" || response.body === null) {
    await response.body?.cancel();
    res.end();
    return;
  }
  await pour(response.body.getReader(), res);
}

async function pour(reader, res) {
  res.once("close", () => reader.cancel().catch(() => {}));
  for (;;) {
    const { done, value } = await reader.read();
    if (done || res.destroyed) break;
    if (!res.write(value)) await drained(res);
  }
  if (!res.destroyed) res.end();
}

function drained(res) {
  return new Promise((resolve) => {
    const proceed = () => {
      res.off("drain", proceed).off("close", proceed);
      resolve();
    };
    res.on("drain", proceed).on("close", proceed);
  });
}

function sendJson(res, status, body) {
  res.statusCode = status;
  res.setHeader("content-type", "application/json; charset=utf-8");
  res.end(JSON.stringify(body));
}

// After the head is out, only a cut connection tells the reader that the body is not whole.
function fail(error, res, next) {
  try {
    if (res.headersSent) return res.destroy();
    for (const name of res.getHeaderNames()) res.removeHeader(name);
    if (next) next(error);
    else sendJson(res, 500, { code: "INTERNAL", message: "the request could not be answered" });
  } catch {
    res.destroy();
  }
}
