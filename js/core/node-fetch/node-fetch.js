// A fetch over node:http and node:https. The modules of Node are passed in: by import in dbsharing/http, and by
// process.getBuiltinModule elsewhere, where a bundler must not see them.
import { check } from "../options.js";
import { Client } from "./client.js";

/** The modules of Node that it needs. */
export const BUILTINS = ["dns", "events", "fs", "http", "https", "net", "stream", "tls", "zlib"];

const isFunction = (value) => typeof value === "function";
/** Whether this is PEM, and not the path of a file, for example. What is wrong inside it shows in a request. */
const isPem = (value) => textOf(value).includes("-----BEGIN ");
const textOf = (value) => (typeof value === "string" ? value : isBytes(value) ? new TextDecoder().decode(value) : "");
const isBytes = (value) => Object.prototype.toString.call(value) === "[object Uint8Array]";

const RULES = {
  ca: {
    wanted: "a certificate in PEM as a string or bytes, or an array of these, not the path of a file",
    accepts: (value) => [value].flat().every(isPem),
  },
  agent: {
    wanted: "an Agent, or a function that returns one for a URL",
    accepts: (value) => isFunction(value?.addRequest ?? value),
  },
  lookup: { wanted: "a function like dns.lookup", accepts: isFunction },
  allowPrivateNetworks: { wanted: "true or false", accepts: (value) => typeof value === "boolean" },
};

/** The function nodeFetch over these modules. */
export function nodeFetchOver(builtins) {
  return (options = {}) => {
    const client = new Client(builtins, check(options, RULES, "nodeFetch"));
    return (url, init) => client.fetch(url, init);
  };
}
