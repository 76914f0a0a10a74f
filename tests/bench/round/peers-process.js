// `node peers-process.js`: the node service of a task and its peers, each a real HTTP server on a port of its own.
//
// They answer as today's peers do: Express with `res.send`, so with a weak ETag, and with 304 if the condition names it. The
// bodies are ready bytes, so that sending them takes as little processor time as possible.
import { createHash } from "node:crypto";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import http from "node:http";
import { answerQuestions } from "./child.js";
import { TASK_ID } from "./task.js";

const NODES_PATH = `/nodes/${TASK_ID}`;
const RECORDS_PATH = `/task/${TASK_ID}/linktree/all`;

/** An HTTP server that counts its requests and the bytes that it writes, heads included. */
class CountingServer {
  #server;
  #sockets = new Set();
  #bytesOfClosed = 0;
  #requests = 0;
  /** Answers a request; a peer whose `answer` does nothing hangs. */
  answer = () => {};

  async listen() {
    this.#server = http.createServer((request, response) => {
      this.#requests += 1;
      this.answer(request, response);
    });
    this.#server.on("connection", (socket) => this.#watch(socket));
    this.#server.listen(0, "127.0.0.1");
    await once(this.#server, "listening");
    this.url = `http://127.0.0.1:${this.#server.address().port}`;
  }

  #watch(socket) {
    this.#sockets.add(socket);
    socket.on("error", () => {});
    socket.on("close", () => {
      this.#sockets.delete(socket);
      this.#bytesOfClosed += socket.bytesWritten;
    });
  }

  /** Its requests and bytes since it started. */
  counts() {
    const open = [...this.#sockets].reduce((sum, { bytesWritten }) => sum + bytesWritten, 0);
    return { requests: this.#requests, bytes: this.#bytesOfClosed + open };
  }
}

const service = new CountingServer();
const peers = [];

answerQuestions({
  /** Makes the service list `count` peers. Returns the url of the service. */
  async open(count) {
    if (service.url === undefined) await service.listen();
    while (peers.length < count) {
      const peer = new CountingServer();
      await peer.listen();
      peers.push(peer);
    }
    const nodes = peers.slice(0, count).map(({ url }) => ({ data: { url, timestamp: 1 }, signature: "", owner: "" }));
    const body = Buffer.from(JSON.stringify(nodes));
    service.answer = answerAt(NODES_PATH, (_, response) => send(response, body));
    return service.url;
  },

  /** From now on the first `serving` peers serve the file at `path`, with or without a tag, and the others hang. */
  serve({ path, serving, tagged }) {
    const body = readFileSync(path);
    const etag = tagged ? tagOf(body) : undefined;
    const answer = answerAt(RECORDS_PATH, (request, response) => sendUnlessKnown(request, response, body, etag));
    peers.forEach((peer, number) => {
      peer.answer = number < serving ? answer : () => {};
    });
  },

  /** The requests and bytes of all peers since they started, without the service. */
  counts() {
    const all = peers.map((peer) => peer.counts());
    const sum = (name) => all.reduce((total, counts) => total + counts[name], 0);
    return { requests: sum("requests"), bytes: sum("bytes") };
  },
});

/** As Express makes it: the length and a hash. */
function tagOf(body) {
  return `W/"${body.length.toString(16)}-${createHash("sha1").update(body).digest("base64")}"`;
}

function answerAt(path, answer) {
  return (request, response) => {
    if (request.url === path) return answer(request, response);
    response.writeHead(404);
    response.end();
  };
}

function sendUnlessKnown(request, response, body, etag) {
  if (etag === undefined || !isKnown(request.headers, etag)) return send(response, body, etag);
  response.writeHead(304, { "x-powered-by": "Express", etag });
  response.end();
}

function send(response, body, etag) {
  const type = { "x-powered-by": "Express", "content-type": "application/json; charset=utf-8" };
  response.writeHead(200, { ...type, "content-length": body.length, ...(etag && { etag }) });
  response.end(body);
}

/** As Express decides it: no 304 for `no-cache`; lists of tags are compared weakly. */
function isKnown(headers, etag) {
  if (/(?:^|,)\s*no-cache\s*(?:,|$)/.test(headers["cache-control"] ?? "")) return false;
  const tags = (headers["if-none-match"] ?? "").split(",").map((tag) => tag.trim());
  return tags.includes("*") || tags.some((tag) => weak(tag) === weak(etag));
}

const weak = (tag) => tag.replace(/^W\//, "");
