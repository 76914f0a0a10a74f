// A page in Chromium whose fetch a tracer has wrapped, as those of OpenTelemetry and Sentry do: each request has
// extra headers, so the browser asks first whether they are allowed.
import assert from "node:assert/strict";
import { once } from "node:events";
import http from "node:http";
import { test } from "node:test";
import { inPage } from "../browser/chromium.js";
import { nodeHandler } from "../../js/http.js";
import { createSharing } from "../../js/index.js";
import { memoryStore } from "../../js/stores/memory.js";
import { records } from "../js/fixtures/records.js";

const taskId = "task";

test("a page with a tracer's headers pulls from a peer of ours, twice", async () => {
  const sharing = createSharing({ taskId, db: memoryStore() });
  await Promise.all(records(3).map(sharing.put));
  const preflights = [];
  const handler = nodeHandler(sharing);
  const server = http.createServer((request, response) => {
    if (request.method === "OPTIONS") preflights.push(request.headers["access-control-request-headers"]);
    return handler(request, response);
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  try {
    const rounds = await inPage((page) =>
      page.evaluate(pulledWithTracer, [taskId, `http://127.0.0.1:${server.address().port}`]),
    );
    assert.deepEqual(
      rounds.map(({ outcome }) => outcome),
      ["synced", "unchanged"],
      JSON.stringify(rounds),
    );
    assert.equal(rounds[0].inserted, 3);
    assert.ok(
      preflights.some((headers) => headers.includes("traceparent")),
      "the browser sent a preflight request",
    );
  } finally {
    server.closeAllConnections();
    server.close();
  }
});

async function pulledWithTracer([taskId, url]) {
  const original = globalThis.fetch;
  globalThis.fetch = function traced(input, init = {}) {
    const headers = new Headers(init.headers);
    headers.set("traceparent", "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01");
    headers.set("baggage", "sentry-environment=production");
    return original.call(this, input, { ...init, headers });
  };
  const { createSharing } = await import("/js/index.js");
  const { memoryStore } = await import("/js/stores/memory.js");
  const options = { taskId, db: memoryStore(), serviceUrl: url, peers: [url], allowPrivateNetworks: true };
  const { share } = createSharing(options);
  return [await share(), await share()].map(({ peers: [entry] }) => entry);
}
