// The packed package in pages of Chromium and Firefox: by an import map, bundled, in a worker, under policies, and with real peers.
import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { asLines, freshPath } from "../js/fixtures/node-folders.js";
import { record, records } from "../js/fixtures/records.js";
import { dbsharing, startDbsharing } from "../js/run-command.js";
import { openBrowser } from "./chromium.js";
import { findFirefox, openFirefox } from "./firefox.js";
import { pageProject, pages } from "./package-project.js";
import { PATIENCE_MS } from "./pages.js";

const taskId = "task";
const good = record("good");
const asked = [good, { ...good, data: { ...good.data, uuid: "other" } }, {}];
const verdicts = ["ok", "BAD_SIGNATURE", "BAD_SHAPE"];

const folder = await pageProject();
const noFirefox = findFirefox() === undefined && "Firefox is not installed: bash .ci/setup.sh does it";

describe("the packed package in Chromium", () => keepsItsPromises(openBrowser));
describe("the packed package in Firefox", { skip: noFirefox }, () => keepsItsPromises(openFirefox));

function keepsItsPromises(open) {
  let browser;
  const running = [];

  before(async () => {
    browser = await open({ folder, pages });
  });

  after(async () => {
    await browser?.close();
    for (const command of running.reverse()) await command.stop();
  });

  const judged = (page, module) =>
    page.evaluate(async ([module, asked]) => (await import(module)).judge(asked), [module, asked]);

  it("runs unbundled, by an import map", async () => {
    const page = await browser.newPage("/unbundled");
    assert.deepEqual(await judged(page, "/unbundled-page.mjs"), verdicts);
  });

  it("runs in one file that esbuild made", async () => {
    assert.deepEqual(await judged(await browser.newPage("/bundled"), "/bundled-page.mjs"), verdicts);
  });

  it("runs in a worker", async () => {
    const page = await browser.newPage("/bundled");
    const answer = await page.evaluate(
      (asked) =>
        new Promise((resolve, reject) => {
          const worker = new Worker("/bundled-worker.mjs", { type: "module" });
          worker.onmessage = ({ data }) => resolve(data);
          worker.onerror = ({ message }) => reject(new Error(message));
          worker.postMessage(asked);
        }),
      asked,
    );
    assert.deepEqual(answer, verdicts);
  });

  it("runs under a policy that allows no script but the page's own, and WebAssembly", async () => {
    assert.deepEqual(await judged(await browser.newPage("/allowed"), "/bundled-page.mjs"), verdicts);
  });

  it("says in one sentence what is missing in a policy that forbids WebAssembly, and leaves no error unhandled", async () => {
    const page = await browser.newPage("/forbidden");
    // Listened to in the page, because Firefox also reports every violation of a policy to its driver.
    const { thrown, reported, unhandled } = await page.evaluate(async () => {
      const unhandled = [];
      const last = "reported after all others";
      const isLast = new Promise((resolve) => {
        const hear = ({ message, reason }) => (reason === last ? resolve() : unhandled.push(String(reason ?? message)));
        for (const event of ["error", "unhandledrejection"]) addEventListener(event, hear);
      });
      const said = await (await import("/bundled-page.mjs")).failures();
      void Promise.reject(last);
      await isLast;
      return { ...said, unhandled };
    });
    for (const { code, message } of [thrown, reported]) {
      assert.equal(code, "WASM_UNAVAILABLE");
      assert.match(
        message,
        /^WebAssembly is forbidden here; in a page, add 'wasm-unsafe-eval' to the script-src of its Content-/,
      );
    }
    assert.deepEqual(unhandled, []);
  });

  it("shares with a real node over CORS, and a tab closed in the middle of a round converges when it is opened again", async () => {
    const { serviceUrl, digest, count } = await startNode();
    const patience = { peerTimeoutMs: PATIENCE_MS, storeTimeoutMs: PATIENCE_MS };
    const options = { serviceUrl, taskId, database: "shared", ...patience };
    const closed = await browser.newPage("/bundled");
    let onWritten;
    const isWritten = new Promise((resolve) => (onWritten = resolve));
    await closed.exposeFunction("written", onWritten);
    const round = closed
      .evaluate(async (options) => {
        // After its first batch it writes no more until it is closed.
        const standStill = () => {
          written();
          return new Promise(() => {});
        };
        return (await import("/bundled-page.mjs")).share(options, standStill);
      }, options)
      .catch(() => "closed");
    await isWritten;
    await closed.close();
    assert.equal(await round, "closed");

    const page = await browser.newPage("/bundled");
    const share = () => page.evaluate(async (options) => (await import("/bundled-page.mjs")).share(options), options);
    const { report, ...held } = await share();
    assert.deepEqual([report.ok, report.peers.map(({ outcome }) => outcome)], [true, ["synced"]]);
    assert.deepEqual(held, { digest, records: count });
    const { known, inserted } = report.totals;
    assert.equal(known + inserted, count);
    assert.ok(known > 0 && inserted > 0, `the closed tab had stored ${known} of ${count}`);
    const again = await share();
    assert.deepEqual([again.digest, again.report.totals.inserted], [digest, 0]);
  });

  /** Starts a service and a node with records, as processes. */
  async function startNode() {
    const held = records(5_000);
    const data = freshPath();
    const { code, stderr } = await dbsharing(["import", "-", "--db", data], { input: asLines(held) });
    assert.equal(code, 0, stderr);
    const service = startDbsharing(["service", "--port", "0"]);
    running.push(service);
    const { url: serviceUrl } = await service.next(({ event }) => event === "listening");
    const node = startDbsharing(["node", "--task-id", taskId, "--service-url", serviceUrl, "--data", data, "--port", "0"]);
    running.push(node);
    await service.next(({ event }) => event === "registered");
    const { digest } = await node.next(({ event }) => event === "round");
    return { serviceUrl, digest, count: held.length };
  }
}
