// Runs a program in the real workerd, which has no command line and compiles no bytes: a request brings the questions,
// and the wasm comes as a module.
import { spawn } from "node:child_process";
import { once } from "node:events";
import { readdir, writeFile } from "node:fs/promises";
import { basename, join } from "node:path";
import { build } from "esbuild";

const main = "worker.mjs";

/** Bundles `worker.mjs` as usual for workerd, starts it, and returns its answers to the questions. */
export async function askWorker(workerd, project, questions) {
  const folder = join(project, "dist/workerd");
  const forWorkerd = { conditions: ["workerd"], loader: { ".wasm": "copy" }, format: "esm" };
  const output = { outdir: folder, outExtension: { ".js": ".mjs" }, logLevel: "error" };
  await build({ entryPoints: [join(project, main)], bundle: true, ...forWorkerd, ...output });
  await writeFile(join(folder, "config.capnp"), configOf(await readdir(folder)));
  const worker = await startWorker(workerd, join(folder, "config.capnp"));
  try {
    const response = await fetch(worker.url, { method: "POST", body: JSON.stringify(questions) });
    if (!response.ok) throw new Error(`${response.status}: ${await response.text()}\n${worker.errors()}`);
    return await response.json();
  } finally {
    await worker.stop();
  }
}

/** A worker that may only ask peers on this machine. */
function configOf(files) {
  const wasm = files.filter((name) => name.endsWith(".wasm"));
  const modules = [`(name = "${main}", esModule = embed "${main}")`];
  modules.push(...wasm.map((name) => `(name = "${name}", wasm = embed "${name}")`));
  return `using Workerd = import "/workerd/workerd.capnp";
const config :Workerd.Config = (
  services = [(name = "main", worker = .worker), (name = "peers", network = (allow = ["local"]))],
  sockets = [(name = "http", address = "127.0.0.1:0", http = (), service = "main")],
);
const worker :Workerd.Worker = (
  modules = [${modules.join(", ")}],
  compatibilityDate = "2024-01-01",
  globalOutbound = "peers",
);
`;
}

/** Starts workerd on a free port, which it reports on its control stream. */
async function startWorker(workerd, config) {
  const args = ["serve", "--control-fd=3", basename(config)];
  const child = spawn(workerd, args, { cwd: join(config, ".."), env: {}, stdio: ["ignore", "ignore", "pipe", "pipe"] });
  let errors = "";
  child.stderr.setEncoding("utf8").on("data", (text) => (errors += text));
  const control = child.stdio[3].setEncoding("utf8");
  const ended = once(child, "close");
  const port = await listening(control).catch(({ message }) => Promise.reject(new Error(`${message}: ${errors}`)));
  const stop = () => {
    child.kill();
    return ended;
  };
  return { url: `http://127.0.0.1:${port}`, errors: () => errors, stop };
}

async function listening(control) {
  for await (const text of control) {
    for (const line of text.split("\n").filter(Boolean)) {
      const { event, port } = JSON.parse(line);
      if (event === "listen") return port;
    }
  }
  throw new Error("workerd does not listen");
}
