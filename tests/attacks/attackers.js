// Connections of attackers: bytes are sent as they are, and answers are read only where the comment says so.
import { connected } from "../js/fixtures/raw-exchange.js";

export class Attackers {
  #url;
  #sockets = new Set();

  constructor(url) {
    this.#url = url;
  }

  /** A connection that has sent this, and reads nothing. */
  async deaf(text = "") {
    const socket = connected(this.#url).pause();
    this.#sockets.add(socket);
    socket.once("close", () => this.#sockets.delete(socket));
    await Promise.race([heard(socket, "connect"), heard(socket, "close")]);
    if (text) socket.write(text, "latin1");
    return socket;
  }

  /** This many of these connections. */
  async crowd(count, text) {
    await Promise.all(Array.from({ length: count }, (_, at) => this.deaf(typeof text === "function" ? text(at) : text)));
  }

  /** Connections that each sent one of these and were ended. Returns the first line of each answer. */
  async answers(texts) {
    return Promise.all(texts.map((text) => this.#answer(text)));
  }

  async #answer(text) {
    const socket = await this.deaf(text);
    socket.end();
    let answer = "";
    socket
      .setEncoding("latin1")
      .on("data", (piece) => (answer += piece))
      .resume();
    if (!socket.destroyed) await heard(socket, "close");
    return { text: text.slice(0, 200), line: answer.split("\r\n", 1)[0] };
  }

  /** Connections that are cut when they have sent this and got the first piece of an answer, or a turn later. */
  async cut(count, text, { afterFirstPiece }) {
    const one = async () => {
      const socket = await this.deaf(text);
      if (afterFirstPiece) await Promise.race([heard(socket.resume(), "data"), heard(socket, "close")]);
      socket.destroy();
    };
    for (let left = count; left > 0; left -= 20) await Promise.all(Array.from({ length: Math.min(20, left) }, one));
  }

  /** Closes all connections. */
  leave() {
    for (const socket of this.#sockets) socket.destroy();
  }
}

/** Unlike `once` of node:events it does not reject if the connection is cut. */
const heard = (socket, event) => new Promise((resolve) => socket.once(event, resolve));
