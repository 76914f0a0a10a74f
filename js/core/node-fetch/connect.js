// Opens sockets: to the first address that answers, with TLS, and through a proxy.
import { after } from "../timing.js";
import { abortable } from "./abortable.js";

/** How long an address is waited for before the next one is tried as well. */
const PATIENCE_MS = 250;

/** Resolves to a socket to one of these addresses: they are tried in order, and the first that answers is used. */
export function connectToAny(net, { addresses, port }, signal) {
  const waiting = [...addresses];
  const attempts = new Set();
  const failures = [];
  let stopTimer = () => {};
  const drop = () => {
    stopTimer();
    for (const socket of attempts) socket.destroy();
  };
  return abortable(signal, (resolve, reject) => {
    const next = () => {
      stopTimer();
      if (waiting.length > 0) attempt(waiting.shift());
      else if (attempts.size === 0) reject(noneAnswered(failures));
    };
    const attempt = (address) => {
      const socket = net.connect({ host: address, port, noDelay: true });
      attempts.add(socket);
      stopTimer = after(PATIENCE_MS, next);
      socket.once("connect", () => {
        attempts.delete(socket);
        drop();
        resolve(socket);
      });
      // Never removed: an error of a socket, even of an idle one, must not end the process.
      socket.on("error", (error) => {
        if (!attempts.delete(socket)) return;
        failures.push({ place: placeOf(address, port), code: error.code ?? error.message });
        next();
      });
    };
    next();
    return drop;
  });
}

/** Resolves to the socket after a handshake in which the other side showed a certificate for this host. */
export function secured(tls, socket, { hostname, isAddress, ca }, signal) {
  return abortable(signal, (resolve, reject) => {
    const names = { host: hostname, ...(isAddress ? {} : { servername: hostname }) };
    const secure = tls.connect({ socket, ...names, ca, ALPNProtocols: ["http/1.1"] });
    secure.once("secureConnect", () => resolve(secure));
    secure.on("error", reject);
    return () => secure.destroy();
  });
}

/** Resolves to a socket that leads to `authority` through a proxy, given the socket to the proxy. */
export function tunnelled(http, socket, { authority, headers }, signal) {
  return abortable(signal, (resolve, reject) => {
    const options = { method: "CONNECT", path: authority, headers: { host: authority, ...headers } };
    const request = http.request({ ...options, createConnection: () => socket, insecureHTTPParser: false });
    request.on("error", reject);
    request.once("connect", ({ statusCode }, through, rest) => {
      if (statusCode !== 200)
        return reject(new Error(`the proxy answered ${statusCode}; wanted 200, a tunnel to ${authority}`));
      if (rest.length > 0) through.unshift(rest);
      resolve(through);
    });
    request.end();
    return () => request.destroy();
  });
}

/** An address and a port in their usual form. */
export function placeOf(address, port) {
  return address?.includes(":") ? `[${address}]:${port}` : `${address}:${port}`;
}

function noneAnswered(failures) {
  const all = failures.map(({ place, code }) => `${place} ${code}`).join(", ");
  return Object.assign(new Error(`no connection to ${all}`), { code: failures.at(-1)?.code });
}
