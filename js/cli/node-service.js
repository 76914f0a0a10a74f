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
  const lists = new NodeLists({ now, onRegistered, onExpired });
  return async function handle(request, response) {
    try {
      await answer(request, response, lists);
    } catch (error) {
      sendJson(response, error.status ?? 500, { code: error.code ?? "INTERNAL", message: error.message });
    }
  };
}

async function answer(request, response, lists) {
  const [, route, taskId] = request.url.split("?")[0].match(ROUTE) ?? [];
  if (route === undefined)
    throw refusal(404, "NOT_FOUND", "the path is unknown; wanted /nodes/{taskId} or /register-node/{taskId}");
  const method = route === "nodes" ? "GET" : "POST";
  if (request.method !== method)
    throw refusal(405, "METHOD", `the method is ${request.method}; wanted ${method} for /${route}`);
  if (route === "nodes") return sendList(response, lists.nodesOf(taskId));
  return sendJson(response, 200, lists.register(taskId, checkedEntry(await readBody(request), taskId)));
}

/** The nodes of each task, until they expire. */
class NodeLists {
  #now;
  #onRegistered;
  #onExpired;
  #tasks = new Map(); // task id → url → { entry, expiresAtMs }
  #nextExpiryMs = Infinity; // no node expires before this time
  #nextExpiryCheck; // a timer, while there are nodes

  constructor({ now, onRegistered, onExpired }) {
    this.#now = now;
    this.#onRegistered = onRegistered;
    this.#onExpired = onExpired;
  }

  nodesOf(taskId) {
    this.#forgetExpired();
    return this.#tasks.get(taskId)?.values() ?? [];
  }

  register(taskId, entry) {
    this.#forgetExpired();
    const { url } = entry.data;
    const nodes = this.#tasks.get(taskId) ?? new Map();
    const isNew = !nodes.has(url);
    if (isNew) this.#refuseBeyondLimits(taskId, nodes.size);
    const expiresAtMs = this.#now() + EXPIRES_AFTER_MS;
    this.#tasks.set(taskId, nodes.set(url, { entry, expiresAtMs }));
    this.#nextExpiryMs = Math.min(this.#nextExpiryMs, expiresAtMs);
    if (isNew) this.#onRegistered(taskId, url);
    if (this.#nextExpiryCheck === undefined) this.#checkExpiryLater();
    return { registered: url, expiresInMs: EXPIRES_AFTER_MS };
  }

  #refuseBeyondLimits(taskId, nodesOfTask) {
    const inTotal = [...this.#tasks.values()].reduce((sum, nodes) => sum + nodes.size, 0);
    if (!this.#tasks.has(taskId) && this.#tasks.size >= MAX_TASKS) throw full(`${MAX_TASKS} tasks`);
    if (nodesOfTask >= MAX_NODES) throw full(`${MAX_NODES} nodes of this task`);
    if (inTotal >= MAX_NODES_IN_TOTAL) throw full(`${MAX_NODES_IN_TOTAL} nodes of all tasks`);
  }

  #checkExpiryLater() {
    const check = () => {
      this.#forgetExpired();
      if (this.#tasks.size > 0) this.#checkExpiryLater();
      else this.#nextExpiryCheck = undefined;
    };
    this.#nextExpiryCheck = setTimeout(check, EXPIRY_CHECK_EVERY_MS).unref();
  }

  #forgetExpired() {
    const nowMs = this.#now();
    if (nowMs < this.#nextExpiryMs) return;
    this.#nextExpiryMs = Infinity;
    for (const [taskId, nodes] of this.#tasks) {
      for (const [url, { expiresAtMs }] of nodes) {
        if (expiresAtMs > nowMs) this.#nextExpiryMs = Math.min(this.#nextExpiryMs, expiresAtMs);
        else if (nodes.delete(url)) this.#onExpired(taskId, url);
      }
      if (nodes.size === 0) this.#tasks.delete(taskId);
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
  checkText("signature", signature);
  checkText("owner", owner);
  return { data: { url, timestamp }, signature, owner, taskId };
}

function checkText(name, value) {
  const wanted = `wanted a string of at most ${MAX_FIELD_CHARACTERS} characters`;
  if (typeof value !== "string") throw refusal(400, "BAD_FIELD", `${name} is not a string; ${wanted}`);
  if (value.length > MAX_FIELD_CHARACTERS) throw refusal(400, "BAD_FIELD", `${name} is too long; ${wanted}`);
}

/** The normalised url of a node, the same for every spelling of it; undefined if the text is not such a url. */
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
