// A Request out of what node:http has parsed.

/**
 * The paths that a request may be for: Express takes the path that a router is mounted at off `url`, and others mount
 * by rewriting it.
 */
export function pathsOf({ originalUrl, url }) {
  return [...new Set([originalUrl ?? url, url])];
}

/** Undefined where no Request can be made (TRACE, a url that is none): such a one `handle` does not answer. */
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

/** The host as it was asked for; a malformed one keeps nobody from an answer. */
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
