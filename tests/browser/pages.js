// A folder and some pages, served on loopback to a browser.
import { once } from "node:events";
import { readFile } from "node:fs/promises";
import { createServer } from "node:http";
import { extname, join } from "node:path";

const TYPES = { ".js": "text/javascript", ".mjs": "text/javascript", ".wasm": "application/wasm", ".json": "application/json" };
/** For everything that a browser is asked to do: only a hang takes this long. */
export const PATIENCE_MS = 300_000;
const EMPTY = { "/": { html: "" } };

/** Serves the files of `folder`, and `pages`, which maps a path to its `html` and, if it has one, its `policy`. */
export async function servePages(folder, pages = {}) {
  const all = { ...EMPTY, ...pages };
  const server = createServer((request, response) => void serve(folder, all, request, response)).listen(0, "127.0.0.1");
  await once(server, "listening");
  return { origin: `http://127.0.0.1:${server.address().port}`, close: () => server.close() };
}

async function serve(folder, pages, { url }, response) {
  const { pathname } = new URL(url, "http://localhost");
  const page = pages[pathname];
  try {
    const body = page ? `<!doctype html><title>dbsharing</title>${page.html}` : await readFile(join(folder, pathname));
    response.setHeader("content-type", page ? "text/html" : (TYPES[extname(pathname)] ?? "text/plain"));
    if (page?.policy) response.setHeader("content-security-policy", page.policy);
    response.end(body);
  } catch {
    response.writeHead(404).end();
  }
}
