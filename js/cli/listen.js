// An HTTP server of the command line: where it listens, how patient it is, and how it ends.

import { lookup } from "node:dns/promises";
import { once } from "node:events";
import { createServer } from "node:http";
import { BlockList, isIPv6 } from "node:net";

import { cannotRun } from "./command-error.js";
import { Connections } from "./connections.js";

const LOCALHOST = "localhost";
const CLOSE_GRACE_MS = 2000;
const FREE_PORT_ATTEMPTS = 20;
const EVERY_ADDRESS = ["0.0.0.0", "::"];
const NOT_OF_THIS_MACHINE = ["EADDRNOTAVAIL", "EAFNOSUPPORT"];

/** How long a client may take: for its head, for its body, and to read its answer. */
const PATIENCE = { headersTimeout: 10_000, requestTimeout: 60_000, connectionsCheckingInterval: 5000 };
const SILENCE_MS = 60_000;

const loopback = new BlockList();
loopback.addSubnet("127.0.0.0", 8);
loopback.addAddress("::1", "ipv6");

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
    default: LOCALHOST,
    value: "an address of this machine",
    says: "the address to listen on; localhost is 127.0.0.1, and ::1 if there is one",
  },
};

/**
 * Listens on `host`, or for localhost on every loopback address that it stands for, because clients differ in which of them
 * they use. Resolves with `{ url, urls, answerWith, close }`.
 *
 * @throws {CommandError} if it cannot listen, with the reason
 */
export async function listen({ host, port }) {
  const servers = await serversOn(host === LOCALHOST ? await addressesOfLocalhost() : [host], port);
  const urls = servers.map(urlOf);
  return {
    /** The first of the addresses at which this machine reaches the server, and all of them. */
    url: urls[0],
    urls,
    /** Answers requests from now on. */
    answerWith(listener) {
      for (const server of servers) server.on("request", listener);
    },
    close: () => closeAll(servers),
  };
}

/** Whether a host means every address of this machine, so that it is not one that others can use. */
export function isEveryAddress(host) {
  return EVERY_ADDRESS.includes(host);
}

// 127.0.0.1 comes first because it is the address that is registered.
async function addressesOfLocalhost() {
  const found = await lookup(LOCALHOST, { all: true }).catch(() => []);
  const addresses = found.filter(isLoopback).map(({ address }) => address);
  return [...new Set(["127.0.0.1", ...addresses])];
}

function isLoopback({ address, family }) {
  return loopback.check(address, `ipv${family}`);
}

// A port that is free on one address need not be on the next.
async function serversOn(hosts, port) {
  for (let attempt = 1; ; attempt += 1) {
    const servers = [];
    try {
      await listenOnEach(hosts, port, servers);
      return watched(servers);
    } catch (fault) {
      await closeAll(servers);
      const isTaken = fault.cause.code === "EADDRINUSE" && servers.length > 0;
      if (port !== 0 || !isTaken || attempt === FREE_PORT_ATTEMPTS) throw fault;
    }
  }
}

/** The same servers, with one limit on the connections of all of them. */
function watched(servers) {
  const connections = new Connections();
  for (const server of servers) connections.watch(server);
  return servers;
}

// A name may stand for an address that this machine does not have, such as ::1 if IPv6 is off. At least one has to exist.
async function listenOnEach(hosts, port, servers) {
  let missing;
  for (const host of hosts) {
    try {
      servers.push(await listenOn(host, servers[0]?.address().port ?? port));
    } catch (fault) {
      if (!NOT_OF_THIS_MACHINE.includes(fault.cause.code)) throw fault;
      missing = fault;
    }
  }
  if (servers.length === 0) throw missing;
}

async function listenOn(host, port) {
  const server = createServer(PATIENCE);
  server.timeout = SILENCE_MS;
  server.listen(port, host);
  try {
    await once(server, "listening");
  } catch (cause) {
    const reason = cause.code === "EADDRINUSE" ? "another process listens there already; choose another --port" : cause.message;
    throw cannotRun(`cannot listen on ${host}, port ${port}: ${reason}`, cause);
  }
  return server;
}

function urlOf(server) {
  const { address, port } = server.address();
  return `http://${isIPv6(address) ? `[${address}]` : address}:${port}`;
}

// Answers in progress get a short time to finish; idle connections are closed.
async function closeAll(servers) {
  await Promise.all(servers.map(close));
}

async function close(server) {
  const closed = once(server, "close");
  server.close();
  server.closeIdleConnections();
  const grace = setTimeout(() => server.closeAllConnections(), CLOSE_GRACE_MS);
  await closed;
  clearTimeout(grace);
}
