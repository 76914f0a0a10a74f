// The node service: the nodes of each task, and the requests that list and register them.

import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";

const EXPIRES_AFTER_MS = 5 * 60 * 1000;
const EXPIRY_CHECK_EVERY_MS = 10_000; // while no request comes
const MAX_TASKS = 1000;
const MAX_NODES = 10_000; // of one task
const MAX_NODES_IN_TOTAL = 20_000; // of all tasks: 80 MB at most
const MAX_BODY_BYTES = 64 * 1024;
const MAX_READ_BYTES = 100 * MAX_BODY_BYTES; // of a refused body, so that its sender gets the answer
const MAX_URL_CHARACTERS = 512; // `MAX_URL_BYTES` of src/limits.rs: nodes ignore longer ones
const MAX_FIELD_CHARACTERS = 1024;
const ENTRIES_IN_PIECE = 100; // of an answer
const PRINTABLE_ASCII = /^[\x21-\x7e]+$/;
const HEADERS = { "content-type": "application/json; charset=utf-8", "access-control-allow-origin": "*" };
const ROUTE = /^\/(nodes|register-node)\/([\w.~-]{1,128})\/?$/;

/**
 * A request listener. `onRegistered(taskId, url)` is called for each new node, and `onExpired(taskId, url)` for each node
 * that expires.
 */
export function nodeService({ now = Date.now, onRegistered = () => {}, onExpired = () => {} } = {}) {
  const tasks = new Map(); // task id → url → { entry, expiresAtMs }
  let nextExpiryMs = Infinity; // nothing expires before
  let nextExpiryCheck; // a timer, while there are nodes

  return async function handle(request, response) {
    try {
      await answer(request, response);
    } catch (error) {
      sendJson(response, error.status ?? 500, { code: error.code ?? "INTERNAL", message: error.message });
    }
  };

  async function answer(request, response) {
    const [, route, taskId] = request.url.split("?")[0].match(ROUTE) ?? [];
    if (route === undefined)
      throw refusal(404, "NOT_FOUND", "the path is unknown; wanted /nodes/{taskId} or /register-node/{taskId}");
    const method = route === "nodes" ? "GET" : "POST";
    if (request.method !== method)
      throw refusal(405, "METHOD", `the method is ${request.method}; wanted ${method} for /${route}`);
    if (route === "nodes") return sendList(response, nodesOf(taskId));
    return sendJson(response, 200, register(taskId, checkedEntry(await readBody(request), taskId)));
  }

  function nodesOf(taskId) {
    forgetExpired();
    return tasks.get(taskId)?.values() ?? [];
  }

  function register(taskId, entry) {
    forgetExpired();
    const nodes = tasks.get(taskId) ?? new Map();
    const isNew = !nodes.has(entry.data.url);
    if (isNew) refuseBeyondLimits(taskId, nodes.size);
    const expiresAtMs = now() + EXPIRES_AFTER_MS;
    tasks.set(taskId, nodes.set(entry.data.url, { entry, expiresAtMs }));
    nextExpiryMs = Math.min(nextExpiryMs, expiresAtMs);
    if (isNew) onRegistered(taskId, entry.data.url);
    if (nextExpiryCheck === undefined) nextExpiryCheck = setTimeout(checkExpiry, EXPIRY_CHECK_EVERY_MS).unref();
    return { registered: entry.data.url, expiresInMs: EXPIRES_AFTER_MS };
  }

  function refuseBeyondLimits(taskId, nodesOfTask) {
    const inTotal = [...tasks.values()].reduce((sum, nodes) => sum + nodes.size, 0);
    if (!tasks.has(taskId) && tasks.size >= MAX_TASKS) throw full(`${MAX_TASKS} tasks`);
    if (nodesOfTask >= MAX_NODES) throw full(`${MAX_NODES} nodes of this task`);
    if (inTotal >= MAX_NODES_IN_TOTAL) throw full(`${MAX_NODES_IN_TOTAL} nodes of all tasks`);
  }

  function checkExpiry() {
    forgetExpired();
    nextExpiryCheck = tasks.size > 0 ? setTimeout(checkExpiry, EXPIRY_CHECK_EVERY_MS).unref() : undefined;
  }

  function forgetExpired() {
    const nowMs = now();
    if (nowMs < nextExpiryMs) return;
    nextExpiryMs = Infinity;
    for (const [taskId, nodes] of tasks) {
      for (const [url, { expiresAtMs }] of nodes) {
        if (expiresAtMs > nowMs) nextExpiryMs = Math.min(nextExpiryMs, expiresAtMs);
        else if (nodes.delete(url)) onExpired(taskId, url);
      }
      if (nodes.size === 0) tasks.delete(taskId);
    }
  }
}

async function readBody(request) {
  const chunks = [];
  let bytes = 0;
  for await (const chunk of request) {
    bytes += chunk.length;
    if (bytes <= MAX_BODY_BYTES) chunks.push(chunk);
    else if (bytes > MAX_READ_BYTES) request.socket.destroy();
  }
  if (bytes > MAX_BODY_BYTES) throw refusal(413, "TOO_LARGE", `the body is too long; wanted at most ${MAX_BODY_BYTES} bytes`);
  try {
    return JSON.parse(Buffer.concat(chunks).toString());
  } catch {
    throw refusal(400, "BAD_BODY", "the body is not JSON; wanted an object with data");
  }
}

function checkedEntry(body, taskId) {
  const { data, signature = "", owner = "" } = Object(body);
  if (data === null || typeof data !== "object")
    throw refusal(400, "BAD_FIELD", "data is not an object; wanted one with url and timestamp");
  const { timestamp } = data;
  const url = normalisedUrl(data.url);
  if (url === undefined) {
    const wanted = `an http address of at most ${MAX_URL_CHARACTERS} characters, in printable ASCII, without a password`;
    throw refusal(400, "BAD_URL", `data.url is not an address that nodes can ask; wanted ${wanted}`);
  }
  if (!Number.isSafeInteger(timestamp) || timestamp < 0) {
    throw refusal(400, "BAD_TIMESTAMP", "data.timestamp is not a time; wanted milliseconds since 1970");
  }
  for (const [name, value] of Object.entries({ signature, owner })) {
    if (typeof value !== "string" || value.length > MAX_FIELD_CHARACTERS)
      throw refusal(
        400,
        "BAD_FIELD",
        `${name} is not a string, or too long; wanted a string of at most ${MAX_FIELD_CHARACTERS} characters`,
      );
  }
  return { data: { url, timestamp }, signature, owner, taskId };
}

/** The url of a node, which is the same for every spelling of it; undefined if the text is not such a url. */
function normalisedUrl(text) {
  if (typeof text !== "string" || text.length > MAX_URL_CHARACTERS || !PRINTABLE_ASCII.test(text)) return undefined;
  try {
    const { protocol, username, password, hostname, port, pathname } = new URL(text);
    if (!["http:", "https:"].includes(protocol) || username !== "" || password !== "") return undefined;
    const path = pathname.split("/").filter((segment) => segment !== "");
    return [`${protocol}//${hostname.replace(/\.$/, "")}${port && `:${port}`}`, ...path].join("/");
  } catch {
    return undefined;
  }
}

function full(what) {
  return refusal(503, "FULL", `${what} are registered, which is the limit`);
}

function refusal(status, code, message) {
  return Object.assign(new Error(message), { status, code });
}

// The list is made in pieces as the client takes them, so a client that takes nothing holds no memory.
async function sendList(response, nodes) {
  response.writeHead(200, HEADERS);
  await pipeline(Readable.from(piecesOf(nodes)), response).catch(() => {}); // the client left
}

function* piecesOf(nodes) {
  let piece = "[";
  let entries = 0;
  for (const { entry } of nodes) {
    piece += `${entries > 0 ? "," : ""}${JSON.stringify(entry)}`;
    entries += 1;
    if (entries % ENTRIES_IN_PIECE !== 0) continue;
    yield piece;
    piece = "";
  }
  yield `${piece}]`;
}

function sendJson(response, status, body) {
  if (response.destroyed || response.headersSent) return;
  response.writeHead(status, HEADERS);
  response.end(JSON.stringify(body));
}
