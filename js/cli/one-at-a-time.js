// Requests that a client sends on one connection without waiting for the answers.

/**
 * A request listener that starts on a request when the answer to the one before it on the same connection has been sent.
 * Answers are sent in that order anyway, and thousands that wait for their turn would only fill the memory. Requests behind an
 * answer that is never sent are dropped with their connection.
 *
 * @param {(request: import("node:http").IncomingMessage, response: import("node:http").ServerResponse) => void} listener
 */
export function oneAtATime(listener) {
  const waiting = new WeakMap(); // connection → [request, response] of each, of which the first is being answered

  function answerNext(socket) {
    const [first] = waiting.get(socket);
    if (first === undefined || socket.destroyed) return waiting.delete(socket);
    const [request, response] = first;
    response.once("close", () => {
      waiting.get(socket).shift();
      answerNext(socket);
    });
    listener(request, response);
  }

  return (request, response) => {
    const { socket } = request;
    const pairs = waiting.get(socket) ?? [];
    pairs.push([request, response]);
    waiting.set(socket, pairs);
    if (pairs.length === 1) answerNext(socket);
  };
}
