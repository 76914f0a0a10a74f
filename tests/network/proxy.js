// A TCP proxy on a free port that counts the bytes of both directions, heads and all.

import { once } from "node:events";
import net from "node:net";

/** Resolves with `{ url, bytes: { up, down }, close }`, where `url` leads to the http server at `target`. */
export async function countingProxy(target) {
  const { hostname, port } = new URL(target);
  const bytes = { up: 0, down: 0 };
  const sockets = new Set();
  const server = net.createServer((client) => {
    const upstream = net.connect(Number(port), hostname);
    client.on("data", (chunk) => (bytes.up += chunk.length));
    upstream.on("data", (chunk) => (bytes.down += chunk.length));
    for (const [from, to] of [
      [client, upstream],
      [upstream, client],
    ]) {
      sockets.add(from);
      from.on("error", () => to.destroy());
      from.on("close", () => to.destroy());
      from.pipe(to);
    }
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return {
    url: `http://127.0.0.1:${server.address().port}`,
    bytes,
    async close() {
      const closed = once(server, "close");
      server.close();
      for (const socket of sockets) socket.destroy();
      await closed;
    },
  };
}
