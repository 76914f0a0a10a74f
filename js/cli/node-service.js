// The nodes of each task, and the requests that list and register them.

import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";

const EXPIRES_AFTER_MS = 5 * 60 * 1000;
const LOOK_EVERY_MS = 10_000; // for what has expired, where nobody asks
const MAX_TASKS = 1000;
const MAX_NODES = 10_000; // of one task
const MAX_NODES_TOGETHER = 20_000; // of all tasks: 80 MB at most
const MAX_BODY_BYTES = 64 * 1024;
const MAX_READ_BYTES = 100 * MAX_BODY_BYTES; // of a refused body, for its sender to see the refusal
const MAX_URL_CHARACTERS = 512; // as `MAX_URL_BYTES` of src/limits.rs: nodes ask no longer one
const MAX_FIELD_CHARACTERS = 1024;
const ENTRIES_IN_PIECE = 100; // of an answer
const PRINTABLE_ASCII = /^[\x21-\x7e]+$/;
const HEADERS = { "content-type": "application/json; charset=utf-8", "access-control-allow-origin": "*" };
const ROUTE = /^\/(nodes|register-node)\/([\w.~-]{1,128})\/?$/;

/**
 * A request listener. `onRegistered(taskId, url)` is called for each node that was not known, and `onExpired(taskId, url)`
 * for each that is forgotten.
 */
export function nodeService({ now = Date.now, onRegistered = () => {}, onExpired = () => {} } = {}) {
  const tasks = new Map(); // task id → url → { entry, expiresAtMs }
  let nextExpiryMs = Infinity; // nothing expires before
  let nextLook; // a timer, while there are nodes

  return async function handle(request, response) {
    try {
      await answer(request, response);
    } catch (error) {
      sendJson(response, error.status ?? 500, { code: error.code ?? "INTERNAL", message: error.message });
    }
  };

  async function answer(request, response) {
    const [, route, taskId] = request.url.split("?")[0].match(ROUTE) ?? [];
    if (route === undefined) throw refusal(404, "NOT_FOUND", "there are only /nodes/{taskId} and /register-node/{taskId}");
    const method = route === "nodes" ? "GET" : "POST";
    if (request.method !== method) throw refusal(405, "METHOD", `/${route} wants ${method}`);
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
    if (nextLook === undefined) nextLook = setTimeout(look, LOOK_EVERY_MS).unref();
    return { registered: entry.data.url, expiresInMs: EXPIRES_AFTER_MS };
  }

  function refuseBeyondLimits(taskId, nodesOfTask) {
    const together = [...tasks.values()].reduce((sum, nodes) => sum + nodes.size, 0);
    if (!tasks.has(taskId) && tasks.size >= MAX_TASKS) throw full(`${MAX_TASKS} tasks`);
    if (nodesOfTask >= MAX_NODES) throw full(`${MAX_NODES} nodes of this task`);
    if (together >= MAX_NODES_TOGETHER) throw full(`${MAX_NODES_TOGETHER} nodes of all tasks`);
  }

  function look() {
    forgetExpired();
    nextLook = tasks.size > 0 ? setTimeout(look, LOOK_EVERY_MS).unref() : undefined;
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
  if (bytes > MAX_BODY_BYTES) throw refusal(413, "TOO_LARGE", `a registration may have ${MAX_BODY_BYTES} bytes`);
  try {
    return JSON.parse(Buffer.concat(chunks).toString());
  } catch {
    throw refusal(400, "BAD_BODY", "the body is not JSON");
  }
}

function checkedEntry(body, taskId) {
  const { data, signature = "", owner = "" } = Object(body);
  if (data === null || typeof data !== "object")
    throw refusal(400, "BAD_FIELD", "data is wanted: an object with url and timestamp");
  const { timestamp } = data;
  const url = spelledOneWay(data.url);
  if (url === undefined) {
    const wanted = `an http address of at most ${MAX_URL_CHARACTERS} characters, in printable ASCII, without a password`;
    throw refusal(400, "BAD_URL", `data.url wants ${wanted}`);
  }
  if (!Number.isSafeInteger(timestamp) || timestamp < 0) {
    throw refusal(400, "BAD_TIMESTAMP", "data.timestamp wants milliseconds since 1970");
  }
  for (const [name, value] of Object.entries({ signature, owner })) {
    if (typeof value !== "string" || value.length > MAX_FIELD_CHARACTERS)
      throw refusal(400, "BAD_FIELD", `${name} wants a string of at most ${MAX_FIELD_CHARACTERS} characters`);
  }
  return { data: { url, timestamp }, signature, owner, taskId };
}

/** The url of a node as every spelling of it is written, so that it is one node; undefined for what is none. */
function spelledOneWay(text) {
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
  return refusal(503, "FULL", `${what} are registered`);
}

function refusal(status, code, message) {
  return Object.assign(new Error(message), { status, code });
}

// In pieces, as the client takes them: one that takes nothing holds no list.
async function sendList(response, nodes) {
  response.writeHead(200, HEADERS);
  await pipeline(Readable.from(piecesOf(nodes)), response).catch(() => {}); // it left
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
