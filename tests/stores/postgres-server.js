// A PostgreSQL server for tests: a new cluster in a temporary folder, reached only through a socket in that
// folder, stopped when the process that started it ends, in any way.
import { spawn, spawnSync } from "node:child_process";
import { accessSync, chownSync, constants, existsSync, mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { toolEnvironment } from "../../.ci/toolchain.mjs";

const DEBIAN = "/usr/lib/postgresql";
const ATTEMPTS = 100;

/** The folder of the server's programs: on PATH, or the newest where Debian keeps them; undefined if there is none. */
export function postgresPrograms() {
  const versions = existsSync(DEBIAN) ? readdirSync(DEBIAN).sort((one, other) => Number(other) - Number(one)) : [];
  const folders = [...versions.map((version) => join(DEBIAN, version, "bin")), ...toolEnvironment().PATH.split(delimiter)];
  return folders.find((folder) => isProgram(join(folder, "initdb")) && isProgram(join(folder, "postgres")));
}

/**
 * Starts a server and resolves when it takes connections: `{ host, user, database, stop() }`, where `host` is the
 * socket's folder, and anyone who can enter it may connect; and `end(signal)` and `startAgain()`, which restart it in two
 * steps. `settings` are server settings by name.
 */
export async function startPostgres(settings = {}) {
  const programs = postgresPrograms();
  const owner = ownerOfServer();
  const host = mkdtempSync(join(tmpdir(), "dbsharing-pg-"));
  if (owner) chownSync(host, owner.uid, owner.gid);
  const data = join(host, "data");
  // English by ICU, not C: it shows when the store forgets to ask for the order of keys.
  const locale = ["--encoding=UTF8", "--locale=C", "--locale-provider=icu", "--icu-locale=en-US"];
  runOnce(asOwner(owner, [join(programs, "initdb"), "-D", data, "-U", "tests", "-A", "trust", "--no-sync", ...locale]));

  const options = { listen_addresses: "", unix_socket_directories: host, ...settings };
  const flags = Object.entries(options).flatMap(([name, value]) => ["-c", `${name}=${value}`]);
  const command = asOwner(owner, [join(programs, "postgres"), "-D", data, ...flags]);
  let running = await start(command);
  const remove = () => rmSync(host, { recursive: true, force: true, maxRetries: 10, retryDelay: 50 });
  const endNow = () => {
    running.child.kill("SIGQUIT");
    remove();
  };
  process.on("exit", endNow);

  return {
    host,
    user: "tests",
    database: "postgres",
    end: (signal) => end(running, signal),
    async startAgain() {
      running = await startOnceFree(command);
    },
    async stop() {
      await end(running, "SIGINT");
      process.off("exit", endNow);
      remove();
    },
  };
}

async function start([program, ...args]) {
  const child = spawn(program, args, { stdio: ["ignore", "ignore", "pipe"] });
  const ended = new Promise((resolve) => child.on("close", resolve));
  await readiness(child, ended);
  // An unused server must not keep the process alive: Node 18.12 waits before its after hooks.
  child.unref();
  child.stderr.unref();
  return { child, ended };
}

// After the server itself was killed, its child processes hold the folder until they notice.
async function startOnceFree(command) {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await start(command);
    } catch (error) {
      if (attempt === ATTEMPTS || !/still in use|lock file/.test(error.message)) throw error;
    }
  }
}

async function end({ child, ended }, signal) {
  child.ref();
  child.kill(signal);
  await ended;
}

function readiness(child, ended) {
  return new Promise((resolve, reject) => {
    let log = "";
    child.stderr.setEncoding("utf8").on("data", (text) => {
      log = (log + text).slice(-10_000);
      if (log.includes("ready to accept connections")) resolve();
    });
    child.on("error", reject);
    ended.then(() => reject(new Error(`the PostgreSQL server ended while starting:\n${log}`)));
  });
}

// The server refuses to run as root.
function ownerOfServer() {
  if (process.getuid() !== 0) return undefined;
  for (const name of ["postgres", "nobody"]) {
    const [uid, gid] = ["-u", "-g"].map((flag) => spawnSync("id", [flag, name], { encoding: "utf8" }).stdout.trim());
    if (uid && gid) return { uid: Number(uid), gid: Number(gid) };
  }
  throw new Error("as root the PostgreSQL server needs a user to run as: postgres or nobody");
}

// setpriv also has the kernel end the server when its parent is killed, which no handler of ours would see.
function asOwner(owner, command) {
  const identity = owner ? [`--reuid=${owner.uid}`, `--regid=${owner.gid}`, "--clear-groups"] : [];
  const hasSetpriv = spawnSync("setpriv", ["--pdeathsig", "QUIT", "true"]).status === 0;
  if (!hasSetpriv && owner) throw new Error("as root the PostgreSQL server needs setpriv of util-linux");
  return hasSetpriv ? ["setpriv", ...identity, "--pdeathsig", "QUIT", "--", ...command] : command;
}

function runOnce([program, ...args]) {
  const { status, stderr, error } = spawnSync(program, args, { encoding: "utf8", cwd: tmpdir() });
  if (status !== 0) throw new Error(`${args.join(" ")} failed: ${error?.message ?? stderr}`);
}

function isProgram(path) {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
