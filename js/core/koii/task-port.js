// What answers at the task's own port, where the node's proxy, and so every peer, comes in.
import { after } from "../timing.js";

const WAIT_MS = 5_000;

/** The status of the answer there; undefined if there is none in time. */
export async function statusAt(port, path, fetch) {
  const controller = new AbortController();
  const stop = after(WAIT_MS, () => controller.abort());
  try {
    const url = `http://127.0.0.1:${port}${path.split("/").map(encodeURIComponent).join("/")}`;
    return (await fetch(url, { method: "HEAD", signal: controller.signal, allowPrivateNetworks: true })).status;
  } catch {
    return undefined;
  } finally {
    stop();
  }
}
