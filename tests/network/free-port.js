// Ports of loopback for servers that cannot choose one themselves, and for nobody.
import { once } from "node:events";
import { createServer } from "node:net";

// The system gives ports from 32 768 (Linux) or 49 152 (elsewhere) to connections and to whoever asks for any free port.
// What is free below stays free, also while the server that has it is down.
const FOR_SERVERS = { first: 26_000, count: 6_000 };
const FOR_NOBODY = { first: 20_000, count: 6_000 };

/** A port that is free, and that the system gives to nobody else. */
export function freePort() {
  return freeAmong(FOR_SERVERS);
}

/** A url at which nothing listens, not even a server that is started later. */
export async function deadUrl() {
  return `http://127.0.0.1:${await freeAmong(FOR_NOBODY)}`;
}

async function freeAmong({ first, count }) {
  for (;;) {
    const port = first + Math.floor(Math.random() * count);
    const server = createServer().listen(port, "127.0.0.1");
    const isFree = await once(server, "listening").then(
      () => true,
      () => false,
    );
    if (!isFree) continue;
    server.close();
    await once(server, "close");
    return port;
  }
}
