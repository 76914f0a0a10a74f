// A TCP proxy in front of a server, which counts the bytes of both directions.
import { once } from "node:events";
import net from "node:net";

export class Meter {
  #server;
  #sockets = new Set();
  #partsOf;
  /** What went through so far, both directions together. */
  bytes = 0;

  /** `partsOf()` makes what is told of the bytes of each connection: `sent(chunk)`, and `received(chunk)` for answers. */
  constructor(partsOf = () => undefined) {
    this.#partsOf = partsOf;
  }

  /** Resolves with the url that leads to `url` through this meter. */
  async open(url) {
    const { port } = new URL(url);
    this.#server = net.createServer({ noDelay: true }, (socket) => {
      const other = net.connect({ port: Number(port), host: "127.0.0.1", noDelay: true });
      const parts = this.#partsOf();
      this.#pass(socket, other, (chunk) => parts?.sent(chunk));
      this.#pass(other, socket, (chunk) => parts?.received(chunk));
    });
    this.#server.listen(0, "127.0.0.1");
    await once(this.#server, "listening");
    return `http://127.0.0.1:${this.#server.address().port}`;
  }

  async close() {
    const closed = once(this.#server, "close");
    this.#server.close();
    for (const socket of this.#sockets) socket.destroy();
    await closed;
  }

  #pass(from, to, tell) {
    this.#sockets.add(from);
    from.on("data", (chunk) => {
      this.bytes += chunk.length;
      tell(chunk);
    });
    from.on("error", () => to.destroy());
    from.on("close", () => {
      this.#sockets.delete(from);
      to.destroy();
    });
    from.pipe(to);
  }
}
