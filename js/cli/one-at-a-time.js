// Requests that a client sends on one connection without waiting for the answers.

/**
 * A request listener that begins with a request when the answer to the one before it on the same connection is sent. Answers
 * are sent in that order anyway, and thousands of them would only fill the memory. Requests behind an answer that is never
 * sent are dropped with their connection.
 *
 * @param {(request: import("node:http").IncomingMessage, response: import("node:http").ServerResponse) => void} listener
 */
export function oneAtATime(listener) {
  const waiting = new WeakMap(); // connection → requests with their responses, the first of them being answered

  function next(socket) {
    const [exchange] = waiting.get(socket);
    if (exchange === undefined || socket.destroyed) return waiting.delete(socket);
    const [request, response] = exchange;
    response.once("close", () => {
      waiting.get(socket).shift();
      next(socket);
    });
    listener(request, response);
  }

  return (request, response) => {
    const { socket } = request;
    const exchanges = waiting.get(socket) ?? [];
    exchanges.push([request, response]);
    waiting.set(socket, exchanges);
    if (exchanges.length === 1) next(socket);
  };
}
