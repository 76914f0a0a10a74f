// Where the servers of the command line listen. The machine's hosts file is replaced by a bind mount in a mount namespace.
import assert from "node:assert/strict";
import { execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import http from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { after, test } from "node:test";
import { fileURLToPath } from "node:url";

import { listen } from "../../js/cli/listen.js";
import { oldestNode, pathOf } from "../package/engines.js";
import { record } from "./fixtures/records.js";
import { assertSentence } from "./fixtures/node-folders.js";
import { dbsharing } from "./run-command.js";

const MAIN = fileURLToPath(new URL("../../js/cli/main.js", import.meta.url));
const folder = mkdtempSync(join(tmpdir(), "dbsharing-hosts-"));
const started = new Set();
after(() => {
  for (const child of started) child.kill(); // left over by a failed test
  rmSync(folder, { recursive: true, force: true });
});

/** The arguments that run a program with this text as /etc/hosts. */
function withHosts(text, program) {
  const file = join(folder, `hosts-${text.length}`);
  writeFileSync(file, text);
  return ["--mount", "sh", "-c", 'mount --bind "$0" /etc/hosts && exec "$@"', file, ...program];
}

function whyNot() {
  try {
    execFileSync("unshare", withHosts("::1 localhost\n", ["true"]), { stdio: "ignore" });
    const engine = pathOf(oldestNode) ?? process.execPath;
    const address = 'require("dns").lookup("localhost", (e, found) => console.log(found))';
    const found = execFileSync("unshare", withHosts("::1 localhost\n", [engine, "-e", address]));
    return String(found).trim() === "::1" ? false : "localhost is not ::1 here, even with the replaced hosts file";
  } catch (error) {
    return `the hosts file cannot be replaced: ${error.message.split("\n")[0]}`;
  }
}

const skip = whyNot();

/** Runs the command line where localhost is ::1: `{ url, stop }` of a command that listens. */
async function listening(engine, args) {
  const program = [engine, MAIN, ...args, "--json"];
  const child = spawn("unshare", withHosts("::1 localhost\n", program), { stdio: ["ignore", "pipe", "inherit"] });
  started.add(child);
  const [line] = await once(createInterface({ input: child.stdout }), "line");
  return {
    url: JSON.parse(line).url,
    async stop() {
      child.kill();
      const [code] = await once(child, "close");
      return code;
    },
  };
}

async function answerAt(url) {
  const [response] = await once(http.get(`${url}/nodes/t`, { agent: false }), "response");
  return response.resume().statusCode;
}

test("if localhost is ::1, a service listens there and on 127.0.0.1, and is found as localhost", { skip }, async () => {
  for (const engine of [pathOf(oldestNode), process.execPath].filter(Boolean)) {
    const service = await listening(engine, ["service", "--port", "0"]);
    assert.match(service.url, /^http:\/\/127\.0\.0\.1:\d+$/);
    const { port } = new URL(service.url);
    assert.deepEqual([await answerAt(service.url), await answerAt(`http://[::1]:${port}`)], [200, 200]);
    const publish = [engine, MAIN, "publish", "--to", `http://localhost:${port}`];
    const published = spawn("unshare", withHosts("::1 localhost\n", publish));
    published.stdin.end(JSON.stringify(record("any")));
    let said = "";
    published.stderr.setEncoding("utf8").on("data", (text) => (said += text));
    await once(published, "close");
    assert.match(said, /did not store the record: .*\(PEER_STATUS\)/); // it was reached
    assert.equal(await service.stop(), 0);
  }
});

test("if a port is taken on one of the addresses, the message names that address", { skip }, async () => {
  const other = http.createServer().listen(0, "::1");
  await once(other, "listening");
  const { port } = other.address();
  const program = [process.execPath, MAIN, "service", "--port", String(port)];
  const child = spawn("unshare", withHosts("::1 localhost\n", program));
  let stderr = "";
  child.stderr.setEncoding("utf8").on("data", (text) => (stderr += text));
  const [code] = await once(child, "close");
  other.close();
  const taken = new RegExp(`cannot listen on ::1, port ${port}: another process listens there already`);
  assertSentence({ code, stdout: "", stderr }, 2, taken);
});

test("a given host is the only one listened on", async () => {
  const server = await listen({ host: "127.0.0.2", port: 0 }).catch(() => undefined);
  if (server === undefined) return; // a system with one loopback address
  server.answerWith((_, response) => response.end());
  assert.deepEqual(server.urls, [server.url]);
  assert.equal(await answerAt(server.url), 200);
  await assert.rejects(answerAt(server.url.replace("127.0.0.2", "127.0.0.1")), { code: "ECONNREFUSED" });
  await server.close();
});

test("if this machine lacks the given host, the message names address and port", async () => {
  const run = await dbsharing(["service", "--port", "0", "--host", "192.0.2.1"]);
  assertSentence(run, 2, /cannot listen on 192\.0\.2\.1, port 0: .*EADDRNOTAVAIL/);
});
