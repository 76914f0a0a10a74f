// A service that counts what it sends, and lists the nodes that register as that of the simulation does.
import { text } from "node:stream/consumers";
import { sendJson, serve } from "../../network/server.js";

const ODD = [null, {}, entryOf("http://null"), entryOf("")];

/** `{ url, lists, close }`; `lists` has one `{ atMs, bytes }` for each list that it sent. */
export async function startService() {
  const urls = new Set();
  const lists = [];
  const { url, close } = await serve(async (request, response) => {
    if (request.method === "POST") {
      urls.add(JSON.parse(await text(request)).data.url);
      return sendJson(response, {});
    }
    const list = JSON.stringify([...[...urls].map(entryOf), ...ODD]);
    lists.push({ atMs: Date.now(), bytes: Buffer.byteLength(list) });
    return sendJson(response, list);
  });
  return { url, lists, close };
}

function entryOf(url) {
  return { data: { url }, owner: "someone" };
}
