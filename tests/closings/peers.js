// Peers over node:net whose every byte and close is scripted, and the service that lists a new one for each request.
import { once } from "node:events";
import { readFileSync } from "node:fs";
import net from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import { sendJson, serve } from "../network/server.js";
import { answerOf, cells, listBytes, taskId } from "./cells.js";

const list = listBytes();

/**
 * A service for one client, which comes to `{url}/{number of the cell}/{number of the contact}`: each contact gets a peer
 * of its own. The peers of a cell are there until the client comes to the next one.
 */
export async function startPeers() {
  let current;
  let peers = new Map();
  const closeAll = () => {
    for (const peer of peers.values()) close(peer);
    peers = new Map();
  };
  const service = await serve(async (request, response) => {
    const [, number, contact] = request.url.match(/^\/(\d+)\/(\d+)\/nodes\//);
    if (number !== current) closeAll();
    current = number;
    if (!peers.has(contact)) peers.set(contact, await startPeer(cells[number]));
    sendJson(response, [{ data: { url: `http://127.0.0.1:${peers.get(contact).server.address().port}` } }]);
  });
  return {
    url: service.url,
    close() {
      closeAll();
      return service.close();
    },
  };
}

async function startPeer(cell) {
  const sockets = new Set();
  const server = net.createServer({ noDelay: true }, (socket) => {
    sockets.add(socket.on("close", () => sockets.delete(socket)).on("error", () => {}));
    answerAll(socket, cell);
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return { server, sockets };
}

function close({ server, sockets }) {
  server.close();
  for (const socket of sockets) socket.destroy();
}

function answerAll(socket, cell) {
  let text = "";
  let answered = 0;
  socket.setEncoding("latin1").on("data", (more) => {
    text += more;
    if (!text.endsWith("\r\n\r\n") || answered === cell.requestsAConnection) return;
    const [, path] = text.match(/^GET (\S+) /);
    const answer = answerOf(cell, { path: path.replace(`/task/${taskId}`, ""), headers: text }, list);
    text = "";
    answered += 1;
    const isLast = answered === cell.requestsAConnection;
    socket.write(answer, () => isLast && endings[cell.closing](socket));
  });
}

const endings = {
  "close header": (socket) => socket.end(),
  FIN: (socket) => socket.end(),
  async RST(socket) {
    while (!isReceived(socket)) await sleep(1);
    socket.resetAndDestroy();
  },
};

/** Whether the other end's system has received every byte: a reset discards the others. */
function isReceived({ localPort, remotePort, destroyed }) {
  if (destroyed) return true;
  const hex = (port) => port.toString(16).toUpperCase().padStart(4, "0");
  const connection = new RegExp(`:${hex(localPort)} \\w+:${hex(remotePort)} \\w+ (\\w+):`);
  const [, waiting] = readFileSync("/proc/net/tcp", "latin1").match(connection) ?? []; // it may miss one that exists
  return waiting !== undefined && Number.parseInt(waiting, 16) === 0;
}
