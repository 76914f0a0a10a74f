// A process that is a network of hostile peers: one server for each kind, an honest peer beside them, and a service that
// lists all of them. It sends the service's url and runs until it is killed.

import { createServer as createHttpServer } from "node:http";
import { createServer } from "node:net";
import { records } from "../js/fixtures/records.js";
import { groups, nodeLists } from "./answers.js";

const HONEST_RECORDS = 1_000;
const [what, name] = process.argv.slice(2);

/** A server of bare connections that gives one answer to every request. */
function hostilePeer(answer) {
  return listening(
    createServer((socket) => {
      socket.on("error", () => {});
      socket.once("data", () => answer(socket));
    }),
  );
}

function honestPeer() {
  const body = JSON.stringify(records(HONEST_RECORDS));
  return listening(
    createHttpServer((_, response) => {
      response.writeHead(200, { "content-type": "application/json", etag: '"honest"' }).end(body);
    }),
  );
}

function service(body) {
  return listening(
    createHttpServer((_, response) => response.writeHead(200, { "content-type": "application/json" }).end(body)),
  );
}

function listening(server) {
  return new Promise((resolve) => {
    server.listen(0, "127.0.0.1", () => resolve(`http://127.0.0.1:${server.address().port}`));
  });
}

async function network() {
  const honest = await honestPeer();
  if (what === "list") return { honest, serviceUrl: await service(nodeLists[name]()) };
  const hostile = await Promise.all(Object.values(groups[name]).map(hostilePeer));
  return { honest, hostile, serviceUrl: await service(JSON.stringify([...hostile, honest])) };
}

process.on("disconnect", () => process.exit());
process.send(await network());
