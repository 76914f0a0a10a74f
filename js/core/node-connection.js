// What a connection means for its requests: when the other side has gone, and whose turn it is. A response that is queued
// behind another one is not notified when the connection closes: only the socket is.
import { MAX_PIPELINED } from "./limits.js";

const connections = new WeakMap(); // a socket → its unfinished requests, each as its AbortController
const arrivals = new WeakMap(); // a response → the arrival of its request, which several handlers may ask for

/**
 * `{ gone, turn }` of a request: a signal that is aborted when it is over or its connection has gone, and a promise of
 * the end of the request before it. One connection gets one answer at a time, so that it costs no more than one.
 */
export function arrivalOf(req, res) {
  if (!arrivals.has(res)) arrivals.set(res, newArrival(req, res));
  return arrivals.get(res);
}

function newArrival({ socket, httpVersionMajor }, res) {
  const gone = new AbortController();
  const requests = requestsOf(socket);
  const before = httpVersionMajor >= 2 ? undefined : [...requests].at(-1); // HTTP/2 has no such order
  requests.add(gone);
  const leave = () => {
    requests.delete(gone);
    gone.abort();
  };
  res.once("close", leave);
  if (res.destroyed || socket?.destroyed) leave();
  else if (before && requests.size > MAX_PIPELINED) socket.destroy();
  return { gone: gone.signal, turn: before && !gone.signal.aborted && abortion(before.signal) };
}

function abortion(signal) {
  return new Promise((resolve) => signal.addEventListener("abort", resolve, { once: true }));
}

/** Adds one listener to each socket, however many requests it brings. */
function requestsOf(socket) {
  if (typeof socket?.once !== "function") return new Set();
  if (!connections.has(socket)) {
    const requests = new Set();
    connections.set(socket, requests);
    socket.once("close", () => {
      for (const gone of [...requests]) gone.abort();
      requests.clear();
    });
  }
  return connections.get(socket);
}
