// The JavaScript original, written correctly: axios, tweetnacl and bs58, a round that asks one peer after the other.
//
// A dead peer does not end it, it stores the whole record, and an older one never overwrites a newer one. What is left
// is its algorithm: every record of every peer is verified in every round, and only then compared with the held one.
import axios from "axios";
import bs58 from "bs58";
import nacl from "tweetnacl";
import { nodesUrl, recordsUrl } from "./task.js";

const utf8 = new TextEncoder();

export class Seed {
  #held = new Map();
  #settings;

  /** `sample` is how many records of each peer are judged; the rest is extrapolated from them. */
  constructor({ serviceUrl, peerTimeoutMs, sample }) {
    this.#settings = { serviceUrl, peerTimeoutMs, sample };
  }

  async round() {
    const counts = { verifications: 0, failedPeers: 0, judging: [] };
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
      this.#judgeSample(items, counts);
    } catch {
      counts.failedPeers += 1;
    }
  }

  /** Judges the sample, and notes how long that took and how many more there were. */
  #judgeSample(items, counts) {
    const sample = items.slice(0, this.#settings.sample);
    const cpuBefore = process.cpuUsage();
    const began = performance.now();
    for (const item of sample) this.#judge(item.value ?? item);
    const wallMs = performance.now() - began;
    const { user, system } = process.cpuUsage(cpuBefore);
    const [judged, left] = [sample.length, items.length - sample.length];
    counts.verifications += items.length;
    counts.judging.push({ wallMs, cpuMs: (user + system) / 1000, judged, left });
  }

  #judge(record) {
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
