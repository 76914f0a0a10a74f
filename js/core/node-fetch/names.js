// Resolves names. A look-up by the system cannot be cancelled: it keeps the process alive, and one of a few threads busy,
// for as long as a name server is silent. So the name servers are asked directly, which can be cancelled, and the system
// only for what they do not know.
import { codeOf, messageOf } from "../errors.js";
import { callGuarded } from "../events.js";
import { after, elapsedMs } from "../timing.js";
import { abortable, limited } from "./abortable.js";
import { isLocalhost } from "./addresses.js";
import { HostsFile } from "./hosts-file.js";
import { SystemLookups, unresolved } from "./system-lookups.js";

const PATIENCE_MS = 5000;
const KEPT_MS = 60_000;
const MAX_KEPT = 1000;
/** How long the IPv6 addresses of a name are waited for once its IPv4 addresses are known, or the other way round. */
const GRACE_MS = 50;
const SERVERS_TRY = { timeout: 1500, tries: 3 };
/** After these the system is not asked: it would get the same from the same name servers, and take longer. */
const FINAL = new Set(["ETIMEOUT", "ESERVFAIL", "ECANCELLED"]);

export class Names {
  #dns;
  #hostsFile;
  #system;
  #kept = new Map();

  constructor({ dns, fs }, process) {
    this.#dns = dns;
    this.#hostsFile = new HostsFile(fs, process);
    this.#system = new SystemLookups(dns);
  }

  /** The addresses of a name, in the order in which to try them; rejects with a sentence if there are none. */
  async addressesOf(name, signal) {
    if (isLocalhost(name)) return ["127.0.0.1", "::1"];
    const known = this.#hostsFile.addressesOf(name) ?? this.#remembered(name);
    if (known !== undefined) return known;
    const late = () => unresolved(name, "ETIMEOUT", `no name server answered within ${PATIENCE_MS / 1000} s`);
    const addresses = await limited(signal, PATIENCE_MS, late, (ownSignal) => this.#ask(name, ownSignal));
    this.#keep(name, addresses);
    return addresses;
  }

  /** Looks the name up again next time. */
  forget(name) {
    this.#kept.delete(name);
  }

  async #ask(name, signal) {
    try {
      return await askServers(this.#dns, name, signal);
    } catch (error) {
      if (signal.aborted) throw error;
      if (FINAL.has(error.code)) throw unresolved(name, error.code, "its name servers do not answer");
    }
    return this.#system.addressesOf(name, signal);
  }

  #remembered(name) {
    const kept = this.#kept.get(name);
    return kept !== undefined && elapsedMs() < kept.untilMs ? kept.addresses : undefined;
  }

  #keep(name, addresses) {
    this.#kept.delete(name);
    this.#kept.set(name, { addresses, untilMs: elapsedMs() + KEPT_MS });
    if (this.#kept.size > MAX_KEPT) this.#kept.delete(this.#kept.keys().next().value);
  }
}

/** The same with the task's own `lookup`. */
export class GivenNames {
  #lookup;

  constructor(lookup) {
    this.#lookup = lookup;
  }

  addressesOf(name, signal) {
    const late = () => unresolved(name, "ETIMEOUT", `option lookup gave no addresses within ${PATIENCE_MS / 1000} s`);
    return limited(signal, PATIENCE_MS, late, (ownSignal) =>
      abortable(ownSignal, (resolve, reject) => this.#ask(name, resolve, reject)),
    );
  }

  /** Whatever the task's function throws, rejects with or returns wrongly is an error of this look-up alone. */
  #ask(name, resolve, reject) {
    const fail = (thrown) =>
      reject(unresolved(name, codeOf(thrown) ?? "ENOTFOUND", `option lookup failed: ${messageOf(thrown)}`));
    const take = (error, found) => {
      if (error) return fail(error);
      callGuarded(() => resolve([found ?? []].flat().map(addressOf)), fail);
    };
    callGuarded(() => this.#lookup(name, { all: true, verbatim: true }, take), fail);
  }

  forget() {}
}

const addressOf = (entry) => String(typeof entry === "string" ? entry : entry?.address);

async function askServers(dns, name, signal) {
  const resolver = resolverOf(dns);
  const found = [[], []];
  const errors = [];
  const ask = (family, query) =>
    query.then(
      (addresses) => void (found[family] = addresses),
      (error) => void errors.push(error),
    );
  const queries = [ask(0, resolver.resolve4(name)), ask(1, resolver.resolve6(name))];
  try {
    await abortable(signal, (resolve) => {
      Promise.all(queries).then(resolve);
      for (const query of queries) query.then(() => found.flat().length > 0 && after(GRACE_MS, resolve));
    });
  } finally {
    resolver.cancel();
  }
  const addresses = inTurns(found);
  if (addresses.length === 0) throw errors.find(({ code }) => FINAL.has(code)) ?? errors[0];
  return addresses;
}

/** A separate resolver, so that it can be cancelled alone, with the servers that the task may have set. */
function resolverOf(dns) {
  const resolver = new dns.promises.Resolver(SERVERS_TRY);
  try {
    resolver.setServers(dns.getServers());
  } catch {
    // A server in a form that Resolver refuses: the system's own list is used.
  }
  return resolver;
}

function inTurns([ipv4, ipv6]) {
  const longest = Math.max(ipv4.length, ipv6.length);
  return Array.from({ length: longest }, (_, at) => [ipv4[at], ipv6[at]])
    .flat()
    .filter(Boolean);
}
