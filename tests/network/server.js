// One node:http server on a free port, which remembers its requests and closes at once.

import { once } from "node:events";
import http from "node:http";

/** Resolves with `{ url, requests, close }` once `answer(request, response)` is being served on 127.0.0.1. */
export async function serve(answer) {
  const requests = [];
  const server = http.createServer((request, response) => {
    requests.push({ method: request.method, path: request.url, headers: request.headers });
    response.on("error", () => {});
    answer(request, response);
  });
  server.keepAliveTimeout = 0; // otherwise an idle connection could be closed just when it is used again
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return {
    url: `http://127.0.0.1:${server.address().port}`,
    requests,
    async close() {
      const closed = once(server, "close");
      server.close();
      server.closeAllConnections();
      await closed;
    },
  };
}

/** Ends `response` with a JSON body, a status of 200 and the right content type, unless options say otherwise. */
export function sendJson(response, body, { status = 200, type = "application/json; charset=utf-8" } = {}) {
  response.writeHead(status, { "content-type": type });
  response.end(typeof body === "string" || body instanceof Uint8Array ? body : JSON.stringify(body));
}

/** Ports that the system never picks as "any free port": what is free there stays free. */
const UNASKED = { first: 20_000, count: 6_000 };

/** A url on 127.0.0.1 at which nothing listens, not even a server that is started later. */
export async function deadUrl() {
  for (;;) {
    const port = UNASKED.first + Math.floor(Math.random() * UNASKED.count);
    const server = http.createServer().listen(port, "127.0.0.1");
    const isFree = await once(server, "listening").then(
      () => true,
      () => false,
    );
    if (!isFree) continue;
    server.close();
    await once(server, "close");
    return `http://127.0.0.1:${port}`;
  }
}
