// What is attacked, each in a process of its own: `{ url, look, stop }`.
import { fork } from "node:child_process";
import { once } from "node:events";
import { readFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { startDbsharing } from "../js/run-command.js";
import { deadUrl } from "../network/free-port.js";
import { folderForNow } from "../package/install.js";

/** A node behind nodeHandler: it also reports how many iterators of its store are open. */
export async function nodeHandlerTarget() {
  const child = fork(fileURLToPath(new URL("target-process.js", import.meta.url)));
  const closed = once(child, "close");
  const [{ url }] = await once(child, "message");
  return {
    url,
    async look() {
      child.send("look");
      const [seen] = await once(child, "message");
      return { ...seen, rssBytes: await rssBytesOf(child.pid) };
    },
    async stop() {
      child.send("stop");
      const [code] = await closed;
      return code;
    },
  };
}

/** The command line's node, over a LevelDB; what it prints on stderr counts as an event. */
export async function commandLineTarget() {
  const folder = await folderForNow("dbsharing-attacked-");
  const args = ["--task-id", "task", "--service-url", await deadUrl(), "--data", folder, "--port", "0"];
  const node = startDbsharing(["node", ...args]);
  const { url } = await node.next(({ event }) => event === "listening");
  return {
    url,
    async look() {
      const events = node
        .stderr()
        .split("\n")
        .filter((line) => line && !line.includes("could not register"));
      return { openIterators: 0, events, rssBytes: await rssBytesOf(node.child.pid) };
    },
    stop: () => node.stop(),
  };
}

/** The memory of a process; nothing if the system does not report it. */
async function rssBytesOf(pid) {
  const status = await readFile(`/proc/${pid}/status`, "utf8").catch(() => "");
  return Number(/^VmRSS:\s+(\d+) kB/m.exec(status)?.[1] ?? NaN) * 1024;
}
