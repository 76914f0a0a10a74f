// A Redis for tests: on a free port of loopback, with its data in a new folder, and stopped with the test.
import { spawn } from "node:child_process";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { once } from "node:events";
import { toolEnvironment } from "../../.ci/toolchain.mjs";
import { freePort } from "../network/free-port.js";
import { whyNo } from "./missing-program.js";

const ATTEMPTS = 20; // a cluster also takes the port 10 000 above, which may not exist

const env = toolEnvironment();

/** Why Redis, or Valkey, cannot be started here; undefined if it can. */
export const whyNoRedis = () => whyNo("redis-server");
export const whyNoValkey = () => whyNo("valkey-server");

/**
 * Starts a server with these settings, which keeps what it acknowledged if `appendonly` is among them.
 * Resolves with its port, `stop()`, and `restart()`, which kills it and starts it again over the same data, on another port;
 * and `end(signal)` and `startAgain()`, which restart it in two steps, on the same port.
 */
export function startRedis(...settings) {
  return startServer("redis-server", settings);
}

/** The same with Valkey. */
export function startValkey(...settings) {
  return startServer("valkey-server", settings);
}

/** A sentinel that watches the Redis at this port under the name "primary". */
export function startSentinel(port) {
  return startServer("redis-server", ["--sentinel"], `sentinel monitor primary 127.0.0.1 ${port} 1\n`);
}

async function startServer(program, settings, file) {
  const folder = await mkdtemp(join(tmpdir(), "dbsharing-redis-"));
  let running = await startSomewhere(program, folder, settings, file);
  return {
    get port() {
      return running.port;
    },
    async restart() {
      await end(running.server);
      running = await startSomewhere(program, folder, settings, file);
    },
    end: (signal) => end(running.server, signal),
    async startAgain() {
      running = { port: running.port, server: await start(program, folder, running.port, settings, file) };
    },
    async stop() {
      await end(running.server);
      await rm(folder, { recursive: true, force: true });
    },
  };
}

// A port that was free may be taken a moment later.
async function startSomewhere(program, folder, settings, file) {
  for (let attempt = 1; ; attempt += 1) {
    const port = await freePort();
    try {
      return { port, server: await start(program, folder, port, settings, file) };
    } catch (error) {
      if (attempt === ATTEMPTS) throw error;
    }
  }
}

// The server ends with this process, however that ends, because the shell's input is then closed. A line of it is a signal.
const GUARDED = `exec 3<&0
"$0" "$@" </dev/null 3<&- & server=$!
(read -r signal <&3; kill -"\${signal:-KILL}" $server) &
wait $server 2>/dev/null`;

async function start(program, folder, port, settings, file) {
  const always = ["--port", port, "--bind", "127.0.0.1", "--dir", folder, ...(file ? [] : ["--save", ""])];
  if (file) await writeFile(join(folder, "settings.conf"), file);
  const args = [...(file ? [join(folder, "settings.conf")] : []), ...always, ...settings].map(String);
  const server = spawn("bash", ["-c", GUARDED, program, ...args], { stdio: ["pipe", "pipe", "inherit"], env });
  await new Promise((resolve, reject) => {
    let log = "";
    server.stdout.setEncoding("utf8").on("data", (text) => {
      log += text;
      if (/Ready to accept connections|\+monitor master/.test(log)) resolve();
    });
    server.on("exit", () => reject(new Error(`${program} did not start: ${log.slice(-500)}`)));
  });
  return server;
}

async function end(server, signal = "SIGKILL") {
  const exited = once(server, "exit");
  if (server.exitCode !== null) return;
  server.stdin.end(`${signal.slice(3)}\n`);
  await exited;
}
