// The installed Chromium, with pages of this checkout or of another folder, served on loopback.
import { existsSync } from "node:fs";
import { delimiter, join } from "node:path";
import { chromium } from "playwright-core";
import { root, toolEnvironment } from "../../.ci/toolchain.mjs";
import { PATIENCE_MS, servePages } from "./pages.js";

const NAMES = ["chromium", "google-chrome", "google-chrome-stable"];
const FLAGS = [
  "--no-sandbox",
  "--disable-gpu",
  "--disable-dev-shm-usage",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
  "--no-first-run",
];

/** Calls `work` with a page of the checkout's root, and closes everything afterwards. */
export async function inPage(work) {
  const browser = await openBrowser();
  try {
    return await work(await browser.newPage());
  } finally {
    await browser.close();
  }
}

/**
 * A browser whose pages are all of one origin, which serves `folder` and has `pages`, and that share what they store;
 * `newPage(path)` opens one of them, `close()` closes everything.
 */
export async function openBrowser({ folder = root, pages } = {}) {
  const { origin, close } = await servePages(folder, pages);
  const browser = await chromium.launch({ executablePath: findBrowser(), args: FLAGS, timeout: PATIENCE_MS });
  const context = await browser.newContext();
  context.setDefaultTimeout(PATIENCE_MS);
  return {
    origin,
    async newPage(path = "/") {
      const page = await context.newPage();
      await page.goto(origin + path);
      return page;
    },
    async close() {
      await browser.close();
      close();
    },
  };
}

/** `DBSHARING_BROWSER`, or the browser that set-up found or installed. */
function findBrowser() {
  if (process.env.DBSHARING_BROWSER) return process.env.DBSHARING_BROWSER;
  const folders = toolEnvironment().PATH.split(delimiter);
  const found = NAMES.flatMap((name) => folders.map((folder) => join(folder, name))).find(existsSync);
  if (found === undefined) throw new Error(`no browser: install Chromium (looked for ${NAMES.join(", ")} on PATH)`);
  return found;
}
