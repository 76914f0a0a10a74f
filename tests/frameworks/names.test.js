// Name resolution: a hosts file in which localhost is only ::1, and name servers that never answer.
import assert from "node:assert/strict";
import dgram from "node:dgram";
import { once } from "node:events";
import { join } from "node:path";
import { test } from "node:test";
import { nodes, pathOf, reasonToSkip } from "../package/engines.js";
import { folderForNow, root } from "../package/install.js";
import { records } from "../js/fixtures/records.js";
import { sendJson, serve } from "../network/server.js";
import { noNamespaces, seeing } from "./namespaces.js";
import { projectOf } from "./installed.js";
import { ran, start } from "./programs.js";

const main = join(root, "js/cli/main.js");
const [node18] = nodes;

for (const hosts of ["::1 localhost\n", "127.0.0.1 localhost\n", "127.0.0.1 localhost\n::1 localhost\n"]) {
  const name = `the README's service and node find each other where /etc/hosts says ${JSON.stringify(hosts)}`;
  test(name, { skip: noNamespaces || reasonToSkip(node18) }, async () => {
    const command = async (...args) =>
      start(...(await seeing({ "/etc/hosts": hosts }, pathOf(node18), ["--no-warnings", main, ...args])), { cwd: root });
    const service = await command("service", "--port", "0");
    const [, port] = await service.said(/http:\/\/[^ ]*:(\d+)/);
    const serviceUrl = `http://localhost:${port}`;
    const running = [service];
    try {
      const data = await folderForNow();
      const node = await command(
        "node",
        "--task-id",
        "t",
        "--service-url",
        serviceUrl,
        "--port",
        "0",
        "--data",
        data,
        "--json",
      );
      running.push(node);
      const [, ok] = await node.said(/"event":"round".*"ok":(true|false)/);
      assert.equal(ok, "true", node.output());
    } finally {
      await Promise.all(running.map(({ stop }) => stop()));
    }
  });
}

/** The address of a name server that never answers: of this machine, and used by nothing else. */
const SILENT = "127.0.0.153";

/** How long a process may run after its work. A look-up that is not ended takes ten seconds or more. */
const MAX_AFTERLIFE_MS = 4_000;

/** A client for each transport that has to end. Node's own look-ups, which the global fetch of Node 18 uses, do not. */
const clients = [...nodes.slice(2).map((engine) => [engine, "default"]), ...nodes.map((engine) => [engine, "node"])];

test("among peers whose names never resolve", { skip: noNamespaces, concurrency: clients.length }, async (context) => {
  const silent = dgram.createSocket("udp4").bind(53, SILENT);
  await once(silent, "listening");
  const honest = await serve((_, response) => sendJson(response, records(3)));
  const honestUrl = honest.url.replace("127.0.0.1", "honest.example");
  const names = Array.from({ length: 8 }, (_, index) => `http://never-${index}.example`);
  const listed = [...names, honestUrl].map((url) => ({ data: { url } }));
  const service = await serve((_, response) => sendJson(response, listed));
  const etc = {
    "/etc/resolv.conf": `nameserver ${SILENT}\n`,
    "/etc/hosts": "127.0.0.1 localhost honest.example\n",
    "/etc/nsswitch.conf": "hosts: files dns\n",
  };
  const project = await projectOf("programs");
  try {
    await Promise.all(
      clients.map(([engine, fetch]) => {
        const name = `Node ${engine.version}, ${fetch}: the honest peer is read, and the process ends with its work`;
        const question = { serviceUrl: service.url, honest: honestUrl, fetch };
        return context.test(name, { skip: reasonToSkip(engine) }, () =>
          endsWithItsWork(engine, question, { etc, project, names }),
        );
      }),
    );
  } finally {
    silent.close();
    await Promise.all([honest.close(), service.close()]);
  }
});

async function endsWithItsWork(engine, question, { etc, project, names }) {
  const args = ["--no-warnings", "lives-on.mjs", JSON.stringify(question)];
  const said = JSON.parse(await ran(...(await seeing(etc, pathOf(engine), args)), { cwd: project }));
  const livedOnMs = Date.now() - said.endedAtMs;
  assert.equal(said.outcome, "synced", said.message);
  assert.equal(said.hanging.length, names.length);
  assert.ok(livedOnMs < MAX_AFTERLIFE_MS, `it lived ${livedOnMs} ms after its work`);
}
