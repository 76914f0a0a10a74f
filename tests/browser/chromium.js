// The installed Chromium, with a page of this checkout: what it imports is served on loopback.
import { existsSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { once } from "node:events";
import { createServer } from "node:http";
import { delimiter, extname, join } from "node:path";
import { chromium } from "playwright-core";
import { root, toolEnvironment } from "../../.ci/toolchain.mjs";

const NAMES = ["chromium", "google-chrome", "google-chrome-stable"];
const FLAGS = [
  "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--disable-background-networking",
  "--disable-component-update", "--disable-sync", "--no-first-run",
];
const TYPES = { ".js": "text/javascript", ".wasm": "application/wasm", ".json": "application/json" };

/** Gives `work` a page of the checkout's root, and closes everything afterwards. */
export async function inPage(work) {
  const browser = await openBrowser();
  try {
    return await work(await browser.newPage());
  } finally {
    await browser.close();
  }
}

/** A browser whose pages are all of the checkout's root and share what they store; `close()` closes everything. */
export async function openBrowser() {
  const server = createServer(serveFile).listen(0, "127.0.0.1");
  await once(server, "listening");
  const origin = `http://127.0.0.1:${server.address().port}`;
  const browser = await chromium.launch({ executablePath: findBrowser(), args: FLAGS });
  const context = await browser.newContext();
  return {
    origin,
    async newPage() {
      const page = await context.newPage();
      await page.goto(`${origin}/`);
      return page;
    },
    async close() {
      await browser.close();
      server.close();
    },
  };
}

/** `DBSHARING_BROWSER`, or the one that set-up found or installed. */
function findBrowser() {
  if (process.env.DBSHARING_BROWSER) return process.env.DBSHARING_BROWSER;
  const folders = toolEnvironment().PATH.split(delimiter);
  const found = NAMES.flatMap((name) => folders.map((folder) => join(folder, name))).find(existsSync);
  if (found === undefined) throw new Error(`no browser: install Chromium (looked for ${NAMES.join(", ")} on PATH)`);
  return found;
}

async function serveFile({ url }, response) {
  const { pathname } = new URL(url, "http://localhost");
  const isPage = pathname === "/";
  try {
    const body = isPage ? "<!doctype html><title>dbsharing</title>" : await readFile(join(root, pathname));
    response.writeHead(200, { "content-type": isPage ? "text/html" : (TYPES[extname(pathname)] ?? "text/plain") });
    response.end(body);
  } catch {
    response.writeHead(404).end();
  }
}
