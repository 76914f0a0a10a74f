// The JavaScript original, written correctly: axios, tweetnacl and bs58, a round that asks one peer after the other.
//
// A dead peer does not end a round, the whole record is stored, and an older one never overwrites a newer one. What remains is
// the algorithm: every record of every peer is verified in every round, and only then compared with the held one.
import axios from "axios";
import bs58 from "bs58";
import nacl from "tweetnacl";
import { nodesUrl, recordsUrl } from "./task.js";

const utf8 = new TextEncoder();

export class Seed {
  #held = new Map();
  #settings;

  /** `sample` is how many records of each peer are verified; the rest is extrapolated from them. */
  constructor({ serviceUrl, peerTimeoutMs, sample }) {
    this.#settings = { serviceUrl, peerTimeoutMs, sample };
  }

  async round() {
    const counts = { verifications: 0, failedPeers: 0, samples: [] };
    const { data: nodes } = await axios.get(nodesUrl(this.#settings.serviceUrl));
    for (const { data } of nodes) await this.#exchange(data.url, counts);
    return counts;
  }

  records() {
    return [...this.#held.values()];
  }

  async #exchange(url, counts) {
    try {
      const { data: items } = await axios.get(recordsUrl(url), { timeout: this.#settings.peerTimeoutMs });
      this.#verifySample(items, counts);
    } catch {
      counts.failedPeers += 1;
    }
  }

  /** Verifies the sample, and counts how long that took and how many more records there were. */
  #verifySample(items, counts) {
    const sample = items.slice(0, this.#settings.sample);
    const cpuBefore = process.cpuUsage();
    const began = performance.now();
    for (const item of sample) this.#receive(item.value ?? item);
    const wallMs = performance.now() - began;
    const { user, system } = process.cpuUsage(cpuBefore);
    const [verified, left] = [sample.length, items.length - sample.length];
    counts.verifications += items.length;
    counts.samples.push({ wallMs, cpuMs: (user + system) / 1000, verified, left });
  }

  #receive(record) {
    if (!isSound(record)) return;
    const key = `${record.publicKey}/${record.data.uuid}`;
    const held = this.#held.get(key);
    if (held === undefined || held.data.timestamp < record.data.timestamp) this.#held.set(key, record);
  }
}

function isSound({ data, publicKey, signature }) {
  try {
    const message = utf8.encode(JSON.stringify(data));
    return nacl.sign.detached.verify(message, bs58.decode(signature), bs58.decode(publicKey));
  } catch {
    return false;
  }
}
