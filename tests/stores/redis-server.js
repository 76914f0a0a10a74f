// A Redis of the tests' own: on a free port of loopback, with its data in a folder of its own, and gone with the test.
import { execFileSync, spawn } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { once } from "node:events";

const ATTEMPTS = 20; // a cluster also takes the port 10 000 above, which may be none

/** Why there is no Redis here, or undefined when there is one. */
export function whyNoRedis() {
  try {
    execFileSync("redis-server", ["--version"], { stdio: "ignore" });
    return undefined;
  } catch {
    return "redis-server is not installed; .ci/setup.sh installs it";
  }
}

/**
 * Starts a server with these settings, which keeps what it acknowledged if `appendonly` is among them.
 * Gives its port, `stop()`, and `restart()`, which kills it and starts it again over the same data, on another port.
 */
export async function startRedis(...settings) {
  const folder = await mkdtemp(join(tmpdir(), "dbsharing-redis-"));
  let running = await startSomewhere(folder, settings);
  return {
    get port() {
      return running.port;
    },
    async restart() {
      await end(running.server);
      running = await startSomewhere(folder, settings);
    },
    async stop() {
      await end(running.server);
      await rm(folder, { recursive: true, force: true });
    },
  };
}

// A port that was free may be taken a moment later.
async function startSomewhere(folder, settings) {
  for (let attempt = 1; ; attempt += 1) {
    const port = await freePort();
    try {
      return { port, server: await start(folder, port, settings) };
    } catch (error) {
      if (attempt === ATTEMPTS) throw error;
    }
  }
}

async function freePort() {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address();
  server.close();
  await once(server, "close");
  return port;
}

// The server dies with this process, however that ends: the shell's input is then closed.
const GUARDED = `exec 3<&0
redis-server "$@" </dev/null 3<&- & server=$!
(read -r _ <&3; kill -9 $server) &
wait $server 2>/dev/null`;

async function start(folder, port, settings) {
  const always = ["--port", port, "--bind", "127.0.0.1", "--dir", folder, "--save", ""];
  const args = ["-c", GUARDED, "redis", ...[...always, ...settings].map(String)];
  const server = spawn("bash", args, { stdio: ["pipe", "pipe", "inherit"] });
  await new Promise((resolve, reject) => {
    let log = "";
    server.stdout.setEncoding("utf8").on("data", (text) => {
      log += text;
      if (log.includes("Ready to accept connections")) resolve();
    });
    server.on("exit", () => reject(new Error(`redis-server did not start: ${log.slice(-500)}`)));
  });
  return server;
}

async function end(server) {
  const exited = once(server, "exit");
  if (server.exitCode !== null) return;
  server.stdin.end();
  await exited;
}
