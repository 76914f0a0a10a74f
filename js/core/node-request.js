// Makes a Request of what node:http parsed.

/**
 * The paths that a request may be for: Express removes from `url` the path at which a router is mounted, and others mount
 * by rewriting it.
 */
export function pathsOf({ originalUrl, url }) {
  return [...new Set([originalUrl ?? url, url])];
}

/** Undefined if no Request can be made (TRACE, an invalid url): `handle` does not answer that. */
export function requestOf(req, path, body, signal) {
  try {
    const hasBody = req.method !== "GET" && req.method !== "HEAD";
    const init = { method: req.method, headers: headersOf(req), signal };
    return new Request(urlOf(req, path), hasBody ? { ...init, body: body.content, duplex: "half" } : init);
  } catch {
    return undefined;
  }
}

function urlOf(req, path) {
  return path.startsWith("/") ? originOf(req) + path : path;
}

/** The host that was asked for; a malformed one does not prevent an answer. */
function originOf(req) {
  const protocol = req.socket?.encrypted ? "https" : "http";
  try {
    return new URL(`${protocol}://${req.headers.host}`).origin;
  } catch {
    return `${protocol}://localhost`;
  }
}

function headersOf(req) {
  const headers = new Headers();
  for (const [name, value] of Object.entries(req.headers)) {
    if (!name.startsWith(":")) headers.set(name, Array.isArray(value) ? value.join(", ") : value);
  }
  return headers;
}
