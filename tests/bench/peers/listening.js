// An HTTP server on a port of its own.
import { once } from "node:events";
import http from "node:http";

/** Resolves with `{ url, close }` once it listens. */
export async function listening(handler) {
  const server = http.createServer(handler).listen(0, "127.0.0.1");
  await once(server, "listening");
  return {
    url: `http://127.0.0.1:${server.address().port}`,
    async close() {
      const closed = once(server, "close");
      server.close();
      server.closeAllConnections();
      await closed;
    },
  };
}
