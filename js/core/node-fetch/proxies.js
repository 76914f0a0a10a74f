// Which proxy the environment names for a url, by the rules that axios and proxy-from-env follow.
import { basicAuthorization } from "./authorization.js";

/** `{ url, headers }` of the proxy for this url; undefined if it is asked without a proxy. */
export function proxyFor(url, net) {
  const env = globalThis.process?.env ?? {};
  const setting = (name) => env[name] || env[name.toUpperCase()] || "";
  const scheme = url.protocol.slice(0, -1);
  const named = setting(`${scheme}_proxy`) || setting("all_proxy");
  if (named === "" || isExempt(url, setting("no_proxy").toLowerCase(), net)) return undefined;
  const proxy = parsed(named.includes("://") ? named : `${scheme}://${named}`);
  if (proxy === undefined)
    throw new Error(`the proxy that the environment names for ${scheme} is not a url; wanted one with http: or https:`);
  const authorization = basicAuthorization(proxy);
  return { url: proxy, headers: authorization === undefined ? {} : { "proxy-authorization": authorization } };
}

function parsed(text) {
  try {
    const url = new URL(text);
    return ["http:", "https:"].includes(url.protocol) ? url : undefined;
  } catch {
    return undefined;
  }
}

function isExempt(url, list, net) {
  const host = bare(url.hostname);
  const port = url.port || (url.protocol === "https:" ? "443" : "80");
  return list.split(/[\s,]+/).some((entry) => {
    if (entry === "" || entry === "*") return entry === "*";
    if (entry.includes("/")) return isInNetwork(host, entry, net);
    const [, pattern, onlyPort] = /^(\[[^\]]*\]|[^:]+)(?::(\d+))?$/.exec(entry) ?? [entry, entry];
    if (onlyPort !== undefined && onlyPort !== port) return false;
    return pattern.startsWith("*") ? host.endsWith(pattern.slice(1)) : isMatch(host, bare(pattern));
  });
}

function isMatch(host, pattern) {
  if (pattern.startsWith(".")) return host.endsWith(pattern);
  return host === pattern || (isLoopback(host) && isLoopback(pattern));
}

function isInNetwork(host, entry, net) {
  const [base, bits] = entry.split("/");
  const familyOf = (address) => `ipv${net.isIP(address)}`;
  try {
    const network = new net.BlockList();
    network.addSubnet(bare(base), Number(bits), familyOf(bare(base)));
    return net.isIP(host) === net.isIP(bare(base)) && network.check(host, familyOf(host));
  } catch {
    return false;
  }
}

/** Without brackets and trailing dots. */
const bare = (host) => host.replace(/^\[|\]$|\.+$/g, "");

const LOOPBACK = new Set(["localhost", "0.0.0.0", "::", "::1"]);
const isLoopback = (host) => LOOPBACK.has(host) || /^127(\.\d+){3}$/.test(host);
