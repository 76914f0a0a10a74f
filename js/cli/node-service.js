// The nodes of each task, and the requests that list and register them.

const EXPIRES_AFTER_MS = 5 * 60 * 1000;
const MAX_TASKS = 1000;
const MAX_NODES = 10_000; // of one task
const MAX_BODY_BYTES = 64 * 1024;
const MAX_FIELD_CHARACTERS = 2048;
const ROUTE = /^\/(nodes|register-node)\/([\w.~-]{1,128})\/?$/;

/** A request listener. `onRegistered(taskId, url)` is told of each node that was not known. */
export function nodeService({ now = Date.now, onRegistered = () => {} } = {}) {
  const tasks = new Map(); // task id → url → { entry, expiresAtMs }

  return async function handle(request, response) {
    try {
      const { status = 200, body } = await answer(request);
      sendJson(response, status, body);
    } catch (error) {
      sendJson(response, error.status ?? 500, { code: error.code ?? "INTERNAL", message: error.message });
    }
  };

  async function answer(request) {
    const [, route, taskId] = request.url.split("?")[0].match(ROUTE) ?? [];
    if (route === undefined)
      throw refusal(404, "NOT_FOUND", "there are only /nodes/{taskId} and /register-node/{taskId}");
    const method = route === "nodes" ? "GET" : "POST";
    if (request.method !== method) throw refusal(405, "METHOD", `/${route} wants ${method}`);
    if (route === "nodes") return { body: nodesOf(taskId) };
    return { body: register(taskId, checkedEntry(await readBody(request), taskId)) };
  }

  function nodesOf(taskId) {
    forgetExpired();
    return [...(tasks.get(taskId)?.values() ?? [])].map(({ entry }) => entry);
  }

  function register(taskId, entry) {
    forgetExpired();
    const nodes = tasks.get(taskId) ?? new Map();
    const isNew = !nodes.has(entry.data.url);
    if (!tasks.has(taskId) && tasks.size >= MAX_TASKS) throw refusal(503, "FULL", `${MAX_TASKS} tasks are registered`);
    if (isNew && nodes.size >= MAX_NODES) throw refusal(503, "FULL", `${MAX_NODES} nodes of this task are registered`);
    tasks.set(taskId, nodes.set(entry.data.url, { entry, expiresAtMs: now() + EXPIRES_AFTER_MS }));
    if (isNew) onRegistered(taskId, entry.data.url);
    return { registered: entry.data.url, expiresInMs: EXPIRES_AFTER_MS };
  }

  function forgetExpired() {
    const nowMs = now();
    for (const [taskId, nodes] of tasks) {
      for (const [url, { expiresAtMs }] of nodes) if (expiresAtMs <= nowMs) nodes.delete(url);
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
    else if (bytes > 100 * MAX_BODY_BYTES) break; // read so far only for the sender to see the refusal
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
  const { url, timestamp } = Object(data);
  if (!isHttpUrl(url)) throw refusal(400, "BAD_URL", "data.url wants an http address of at most 2048 characters");
  if (!Number.isSafeInteger(timestamp) || timestamp < 0) {
    throw refusal(400, "BAD_TIMESTAMP", "data.timestamp wants milliseconds since 1970");
  }
  for (const [name, value] of Object.entries({ signature, owner })) {
    if (!isShortText(value))
      throw refusal(400, "BAD_FIELD", `${name} wants a string of at most ${MAX_FIELD_CHARACTERS} characters`);
  }
  return { data: { url: url.replace(/\/+$/, ""), timestamp }, signature, owner, taskId };
}

function isHttpUrl(text) {
  if (!isShortText(text)) return false;
  try {
    return ["http:", "https:"].includes(new URL(text).protocol);
  } catch {
    return false;
  }
}

function isShortText(value) {
  return typeof value === "string" && value.length <= MAX_FIELD_CHARACTERS;
}

function refusal(status, code, message) {
  return Object.assign(new Error(message), { status, code });
}

function sendJson(response, status, body) {
  if (response.destroyed) return;
  response.writeHead(status, { "content-type": "application/json; charset=utf-8", "access-control-allow-origin": "*" });
  response.end(JSON.stringify(body));
}
