// The installed Firefox, used like the Chromium of chromium.js.
import { existsSync } from "node:fs";
import { delimiter, join } from "node:path";
import puppeteer from "puppeteer-core";
import { toolEnvironment } from "../../.ci/toolchain.mjs";
import { PATIENCE_MS, servePages } from "./pages.js";

const NAMES = ["firefox-esr", "firefox"];

/** The path of the Firefox that set-up found or installed; undefined if there is none. */
export function findFirefox() {
  const folders = toolEnvironment().PATH.split(delimiter);
  return NAMES.flatMap((name) => folders.map((folder) => join(folder, name))).find(existsSync);
}

/** As `openBrowser` of chromium.js. */
export async function openFirefox({ folder, pages }) {
  const { origin, close } = await servePages(folder, pages);
  const patience = { timeout: PATIENCE_MS, protocolTimeout: 2 * PATIENCE_MS };
  const browser = await puppeteer.launch({ browser: "firefox", executablePath: findFirefox(), headless: true, ...patience });
  return {
    async newPage(path) {
      const page = await browser.newPage();
      await page.goto(origin + path, { timeout: PATIENCE_MS });
      return page;
    },
    async close() {
      await browser.close();
      close();
    },
  };
}
