// The installed Firefox, used like the Chromium of chromium.js.
import { existsSync } from "node:fs";
import { delimiter, join } from "node:path";
import puppeteer from "puppeteer-core";
import { toolEnvironment } from "../../.ci/toolchain.mjs";
import { servePages } from "./pages.js";

const NAMES = ["firefox-esr", "firefox"];

/** The path of the Firefox that set-up found or installed; undefined where there is none. */
export function findFirefox() {
  const folders = toolEnvironment().PATH.split(delimiter);
  return NAMES.flatMap((name) => folders.map((folder) => join(folder, name))).find(existsSync);
}

/** As `openBrowser` of chromium.js. */
export async function openFirefox({ folder, pages }) {
  const { origin, close } = await servePages(folder, pages);
  const browser = await puppeteer.launch({ browser: "firefox", executablePath: findFirefox(), headless: true });
  return {
    async newPage(path) {
      const page = await browser.newPage();
      await page.goto(origin + path);
      return page;
    },
    async close() {
      await browser.close();
      close();
    },
  };
}
