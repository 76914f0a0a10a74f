// How a url is reached: at which addresses, checked before there is a connection, and through which proxy.
import { coded } from "../errors.js";
import { limited } from "./abortable.js";
import { isSpelledOut, reachOf } from "./addresses.js";
import { connectToAny, placeOf, secured, tunnelled } from "./connect.js";
import { located } from "./failures.js";
import { GivenNames, Names } from "./names.js";
import { proxyFor } from "./proxies.js";

const CONNECT_MS = 10_000;
/** How many addresses of a name are tried: it could list thousands. */
const MAX_ADDRESSES = 8;

export class Routes {
  #builtins;
  #names;
  #ca;

  constructor(builtins, { lookup, ca }) {
    this.#builtins = builtins;
    this.#names = lookup === undefined ? new Names(builtins, globalThis.process) : new GivenNames(lookup);
    this.#ca = ca;
  }

  /** `{ name, proxy, open }`: routes with the same name may share sockets, and `open(signal)` resolves with a new one. */
  to(url, allowsPrivate) {
    const proxy = proxyFor(url, this.#builtins.net);
    const name = [url.origin, proxy?.url.href, proxy?.headers["proxy-authorization"], allowsPrivate].join(" ");
    const late = () => timedOut(`no connection to ${(proxy?.url ?? url).host} within ${CONNECT_MS / 1000} s`);
    const open = (signal) => limited(signal, CONNECT_MS, late, (ownSignal) => this.#open(url, proxy, allowsPrivate, ownSignal));
    const openByProxy = (signal) => open(signal).catch((error) => Promise.reject(byProxy(error, proxy, signal)));
    return { name, proxy, open: proxy === undefined ? open : openByProxy };
  }

  /** A `lookup` for sockets that the task's own Agent opens: it gives only addresses that may be connected to. */
  lookup(allowsPrivate, signal) {
    const ask = (name) =>
      limited(
        signal,
        CONNECT_MS,
        () => timedOut(`the name ${name} does not resolve`),
        (ownSignal) => this.#allowedAddressesOf(name, allowsPrivate, ownSignal),
      );
    return (name, options, callback) => {
      const give = (addresses) => {
        const entries = addresses.map((address) => ({ address, family: address.includes(":") ? 6 : 4 }));
        const { family } = typeof options === "object" ? options : { family: options };
        const fitting = entries.filter((entry) => !family || entry.family === family);
        if (fitting.length === 0) callback(new Error(`the name ${name} has no IPv${family} address`));
        else if (options.all) callback(null, fitting);
        else callback(null, fitting[0].address, fitting[0].family);
      };
      ask(name).then(give, (error) => callback(error));
    };
  }

  async #open(url, proxy, allowsPrivate, signal) {
    const first = proxy?.url ?? url;
    let socket = await this.#connect(first, proxy === undefined ? allowsPrivate : "all", signal);
    const place = placeOf(socket.remoteAddress, socket.remotePort);
    try {
      if (first.protocol === "https:") socket = await this.#secure(socket, first, signal);
      if (proxy === undefined || url.protocol === "http:") return socket;
      const authority = `${url.hostname}:${url.port || 443}`;
      socket = await tunnelled(this.#builtins.http, socket, { authority, headers: proxy.headers }, signal);
      return await this.#secure(socket, url, signal);
    } catch (error) {
      socket.destroy();
      throw located(error, place, signal);
    }
  }

  async #connect(url, reach, signal) {
    const hostname = hostOf(url);
    const { net } = this.#builtins;
    const port = Number(url.port || (url.protocol === "https:" ? 443 : 80));
    if (net.isIP(hostname)) return connectToAny(net, { addresses: [hostname], port }, signal);
    const addresses = await this.#allowedAddressesOf(hostname, reach, signal);
    try {
      return await connectToAny(net, { addresses, port }, signal);
    } catch (error) {
      this.#names.forget(hostname);
      throw error;
    }
  }

  async #allowedAddressesOf(name, reach, signal) {
    const found = new Set(await this.#names.addressesOf(name, signal));
    const all = [...found].filter((address) => this.#builtins.net.isIP(address));
    if (all.length === 0) throw new Error(`the name ${name} has no address`);
    if (reach === "all" || isSpelledOut(name)) return all.slice(0, MAX_ADDRESSES);
    const allowed = all.filter((address) => mayConnect(reachOf(address), reach));
    if (allowed.length === 0) throw refused(name, all[0]);
    return allowed.slice(0, MAX_ADDRESSES);
  }

  #secure(socket, url, signal) {
    const { net, tls } = this.#builtins;
    const hostname = hostOf(url);
    return secured(tls, socket, { hostname, isAddress: net.isIP(hostname) !== 0, ca: this.#ca }, signal);
  }
}

/** Without the brackets of an IPv6 address. */
export const hostOf = (url) => url.hostname.replace(/^\[|\]$/g, "");

const mayConnect = (reach, allowsPrivate) => reach === "public" || (reach === "private" && allowsPrivate);

function refused(name, address) {
  const why =
    reachOf(address) === "private"
      ? "which is on a private network; if that is intended, set allowPrivateNetworks to true"
      : "which is link-local, multicast, reserved or a metadata service; peers there are never asked";
  return coded("ADDRESS_REFUSED", `the name ${name} leads to ${address}, ${why}`);
}

/** The same failure, with a message that says that it is the proxy's. */
function byProxy(error, { url }, signal) {
  if (signal?.aborted) return error;
  const { code, place } = error;
  return Object.assign(new Error(`by the proxy ${url.host}: ${error.message}`, { cause: error }), { code, place });
}

const timedOut = (message) => Object.assign(new Error(message), { code: "ETIMEDOUT" });
