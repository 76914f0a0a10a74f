// The names in the machine's own hosts file, which come before those of any name server.
import { elapsedMs } from "../timing.js";

const LOOK_EVERY_MS = 5000;
const MAX_FILE_BYTES = 16 * 1024 * 1024;

export class HostsFile {
  #fs;
  #path;
  #lookedAtMs = -Infinity;
  #stamp;
  #addresses = new Map();

  constructor(fs, { platform, env }) {
    this.#fs = fs;
    this.#path = platform === "win32" ? `${env.SystemRoot}\\System32\\drivers\\etc\\hosts` : "/etc/hosts";
  }

  /** The addresses of a name; undefined if the file does not have it. */
  addressesOf(name) {
    if (elapsedMs() - this.#lookedAtMs > LOOK_EVERY_MS) this.#look();
    return this.#addresses.get(name);
  }

  #look() {
    this.#lookedAtMs = elapsedMs();
    try {
      const { mtimeMs, size } = this.#fs.statSync(this.#path);
      const stamp = `${mtimeMs} ${size}`;
      if (stamp === this.#stamp || size > MAX_FILE_BYTES) return;
      this.#addresses = addressesIn(this.#fs.readFileSync(this.#path, "utf8"));
      this.#stamp = stamp;
    } catch {
      this.#addresses = new Map(); // no such file, or no right to read it: only name servers are asked
    }
  }
}

function addressesIn(text) {
  const addresses = new Map();
  for (const line of text.split("\n")) {
    const [address, ...names] = line.replace(/#.*/, "").trim().toLowerCase().split(/\s+/);
    for (const name of names) addresses.set(name, [...(addresses.get(name) ?? []), address]);
  }
  return addresses;
}
