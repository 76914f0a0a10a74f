// Routes of a real Next.js 14 app. Its fetch is not the runtime's own: it caches unless an option forbids it. In its
// edge runtime names that only Node has, such as setImmediate and MessageChannel, exist but throw, and wasm can only be
// imported.
import assert from "node:assert/strict";
import { join } from "node:path";
import { test } from "node:test";
import { openBrowser } from "../browser/chromium.js";
import { sendJson, serve } from "../network/server.js";
import { folderOf, notInstalled, projectOf } from "./installed.js";
import { shownIn } from "./pages.js";
import { ran, start } from "./programs.js";
import { startTask } from "./task.js";

/** Only a hang takes this long. */
const PATIENCE_MS = 60_000;

const quiet = { NEXT_TELEMETRY_DISABLED: "1" };

test("in a Next.js 14 app an edit arrives with the next round", { skip: notInstalled }, async (context) => {
  const project = await projectOf("next", ["next", "react", "react-dom"]);
  await context.test("in development", () => roundsOf(project, "dev"));
  await ran(process.execPath, [next(), "build"], { cwd: project, env: quiet });
  await context.test("built", () => roundsOf(project, "start"));
});

async function roundsOf(project, command) {
  const task = await startTask();
  let answers = 0;
  const cached = await serve((_, response) => sendJson(response, { answer: (answers += 1) }));
  const env = { ...quiet, SERVICE_URL: task.serviceUrl, CACHED_URL: cached.url };
  const app = start(process.execPath, [next(), command, "-H", "127.0.0.1", "-p", "0"], { cwd: project, env });
  try {
    const [url] = await app.said(/http:\/\/(?:localhost|127\.0\.0\.1):\d+/);
    const ask = async (path) => (await fetch(url + path, { signal: AbortSignal.timeout(PATIENCE_MS) })).json();
    const first = await ask("/share");
    assert.equal(first.report.ok, true, JSON.stringify(first.report));
    assert.equal(first.report.totals.inserted, 3);
    task.edit();
    const second = await ask("/share");
    assert.equal(second.report.totals.replaced, 1, JSON.stringify(second.report));
    assert.equal(second.records.filter(({ data }) => data.isEdited).length, 1);
    assert.deepEqual([first.cached, second.cached], [{ answer: 1 }, { answer: 1 }], "its fetch caches other requests");
    const { report, ...fault } = await ask("/edge");
    assert.equal(report?.totals.inserted, 3, `in the edge runtime: ${JSON.stringify(report ?? fault)}`);
    for (const path of ["/slim/edge", "/slim/middleware", "/api/slim"]) assert.equal((await ask(path)).code, "BAD_SHAPE", path);
    await slimPagesOf(url);
  } finally {
    await app.stop();
    await Promise.all([task.close(), cached.close()]);
  }
}

/** Client components of both routers, which load the wasm as a file of its own. */
async function slimPagesOf(url) {
  const browser = await openBrowser();
  try {
    for (const path of ["/slim/page", "/slim-of-pages"]) assert.equal(await shownIn(browser, url + path), "BAD_SHAPE", path);
  } finally {
    await browser.close();
  }
}

function next() {
  return join(folderOf("next"), "dist/bin/next");
}
