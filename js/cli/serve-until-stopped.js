// What the commands that run on share: an HTTP server that listens, and an orderly end.

import { once } from "node:events";
import { createServer } from "node:http";

import { cannotRun } from "./command-error.js";

const CLOSE_GRACE_MS = 2000;
const EVERY_ADDRESS = ["0.0.0.0", "::"];

/** The options of every command that listens. */
export const listenOptions = {
  port: {
    type: "string",
    placeholder: "N",
    required: true,
    integer: [0, 65_535],
    value: "a port, or 0 for a free one",
    says: "the port to listen on; 0 takes a free one",
  },
  host: {
    type: "string",
    placeholder: "ADDRESS",
    default: "127.0.0.1",
    value: "an address of this machine",
    says: "the address to listen on",
  },
};

/** A server that listens on `host` and `port`. @throws {CommandError} when it cannot, with the reason */
export async function listen({ host, port }) {
  const server = createServer();
  server.listen(port, host);
  try {
    await once(server, "listening");
  } catch (cause) {
    const reason = cause.code === "EADDRINUSE" ? "something else listens there already" : cause.message;
    throw cannotRun(`cannot listen on ${host}, port ${port}: ${reason}`, cause);
  }
  return server;
}

/** The address at which this machine reaches a server. */
export function addressOf(server) {
  const { address, port, family } = server.address();
  return `http://${family === "IPv6" ? `[${address}]` : address}:${port}`;
}

/** Whether a host is every address of this machine, and so none that others could be told. */
export function isEveryAddress(host) {
  return EVERY_ADDRESS.includes(host);
}

/** Ends a server: answers under way are finished, for a while; connections that only wait are closed. */
export async function close(server) {
  const closed = once(server, "close");
  server.close();
  server.closeIdleConnections();
  const grace = setTimeout(() => server.closeAllConnections(), CLOSE_GRACE_MS);
  await closed;
  clearTimeout(grace);
}

/**
 * Resolves at the first SIGINT, SIGTERM or SIGHUP, or when the parent that speaks to this process over IPC has gone.
 * A second signal exits at once.
 */
export function untilStopped() {
  return new Promise((resolve) => {
    let isStopping = false;
    const onSignal = (_, number) => {
      if (isStopping) process.exit(128 + number);
      isStopping = true;
      resolve();
    };
    for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"]) process.on(signal, onSignal);
    process.once("disconnect", resolve);
  });
}
