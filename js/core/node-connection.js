// When the other side has gone. A response that is queued behind another of its connection is never told so: only the
// socket is.

const waitingFor = new WeakMap(); // a socket → whom to tell of its end

/** A signal that is aborted when the response is over or its connection is gone. */
export function leaving({ socket }, res) {
  const gone = new AbortController();
  const waiting = waitingAt(socket);
  const leave = () => {
    waiting?.delete(leave);
    gone.abort();
  };
  res.once("close", leave);
  waiting?.add(leave);
  if (res.destroyed || socket?.destroyed) leave();
  return gone.signal;
}

/** One listener of each socket, however many requests it brings. */
function waitingAt(socket) {
  if (typeof socket?.once !== "function") return undefined;
  if (!waitingFor.has(socket)) {
    const waiting = new Set();
    waitingFor.set(socket, waiting);
    socket.once("close", () => {
      for (const leave of [...waiting]) leave();
    });
  }
  return waitingFor.get(socket);
}
