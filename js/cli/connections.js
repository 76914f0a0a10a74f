// A limit on the connections of servers that keeps nobody out: beyond it, a connection on which nothing is being answered is
// closed to make room.

import { householdOf } from "../core/node-addresses.js";

const MAX_CONNECTIONS = 1000;

export class Connections {
  #open = new Map(); // socket → its household and its requests, least recently used first

  /** Counts the connections of this server together with those of the others. */
  watch(server) {
    server.on("connection", (socket) => this.#enter(socket));
    server.on("request", (request, response) => this.#follow(request, response));
  }

  #enter(socket) {
    if (this.#open.size >= MAX_CONNECTIONS && !this.#makeRoom()) return void socket.destroy();
    this.#open.set(socket, { household: householdOf(socket.remoteAddress), requests: new Set() });
    socket.once("close", () => this.#open.delete(socket));
  }

  #follow(request, response) {
    const { socket } = request;
    this.#open.get(socket)?.requests.add(request);
    this.#touch(socket);
    response.once("close", () => {
      this.#open.get(socket)?.requests.delete(request);
      this.#touch(socket);
    });
  }

  #touch(socket) {
    const connection = this.#open.get(socket);
    if (connection === undefined) return;
    this.#open.delete(socket);
    this.#open.set(socket, connection);
  }

  /** Closes the longest idle connection of the household that has the most, so that those with few keep theirs. */
  #makeRoom() {
    const counts = this.#counts();
    let [chosen, most] = [undefined, 0];
    for (const [socket, connection] of this.#open) {
      const count = counts.get(connection.household);
      if (count > most && isIdle(connection)) [chosen, most] = [socket, count];
    }
    this.#open.delete(chosen);
    chosen?.destroy();
    return chosen !== undefined;
  }

  #counts() {
    const counts = new Map();
    for (const { household } of this.#open.values()) counts.set(household, (counts.get(household) ?? 0) + 1);
    return counts;
  }
}

/** A request that is not complete is not being answered: its body may never come. */
function isIdle({ requests }) {
  return [...requests].every(({ complete }) => !complete);
}
