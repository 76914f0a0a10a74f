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
