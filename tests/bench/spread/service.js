// A service that lists the nodes that register, as that of the simulation does.
import { text } from "node:stream/consumers";
import { sendJson, serve } from "../../network/server.js";

const ODD = [null, {}, entryOf("http://null"), entryOf("")];

/** `{ url, close }` of one on a free port. */
export async function startService() {
  const urls = new Set();
  return serve(async (request, response) => {
    if (request.method === "POST") {
      urls.add(JSON.parse(await text(request)).data.url);
      return sendJson(response, {});
    }
    return sendJson(response, JSON.stringify([...[...urls].map(entryOf), ...ODD]));
  });
}

function entryOf(url) {
  return { data: { url }, owner: "someone" };
}
