// The best that plain JavaScript does: fetch with conditions, a Map, what is known is skipped, node:crypto.
import { createPublicKey, verify } from "node:crypto";
import bs58 from "bs58";
import { nodesUrl, recordsUrl } from "./task.js";

export class Plain {
  #held = new Map();
  #tags = new Map();
  #keys = new Map();
  #settings;

  constructor({ serviceUrl, peerTimeoutMs }) {
    this.#settings = { serviceUrl, peerTimeoutMs };
  }

  async round() {
    const counts = { verifications: 0, failedPeers: 0 };
    const response = await fetch(nodesUrl(this.#settings.serviceUrl));
    const nodes = await response.json();
    await Promise.all(nodes.map(({ data }) => this.#exchange(data.url, counts)));
    return counts;
  }

  records() {
    return [...this.#held.values()];
  }

  async #exchange(url, counts) {
    try {
      const signal = AbortSignal.timeout(this.#settings.peerTimeoutMs);
      const response = await fetch(recordsUrl(url), { headers: this.#conditions(url), signal });
      if (response.status === 304) return;
      const items = await response.json();
      for (const item of items) this.#receive(item.value ?? item, counts);
      this.#tags.set(url, response.headers.get("etag"));
    } catch {
      counts.failedPeers += 1;
    }
  }

  /** Without `max-age=0` Node's fetch adds `no-cache` to a condition, and Express then answers with the whole body. */
  #conditions(url) {
    const tag = this.#tags.get(url);
    return tag ? { "if-none-match": tag, "cache-control": "max-age=0" } : {};
  }

  /** What is not newer than the held record is known or stale, and needs no verification. */
  #receive(record, counts) {
    const key = `${record.publicKey}/${record.data.uuid}`;
    if (this.#held.get(key)?.data.timestamp >= record.data.timestamp) return;
    counts.verifications += 1;
    if (this.#isSound(record)) this.#held.set(key, record);
  }

  #isSound({ data, publicKey, signature }) {
    try {
      return verify(null, Buffer.from(JSON.stringify(data)), this.#keyObject(publicKey), bs58.decode(signature));
    } catch {
      return false;
    }
  }

  /** JWK is the quickest form to import; see bench:verify. */
  #keyObject(publicKey) {
    let object = this.#keys.get(publicKey);
    if (object === undefined) {
      const x = Buffer.from(bs58.decode(publicKey)).toString("base64url");
      object = createPublicKey({ key: { kty: "OKP", crv: "Ed25519", x }, format: "jwk" });
      this.#keys.set(publicKey, object);
    }
    return object;
  }
}

/** Asks the service and every peer, and is told that nothing changed: what the requests of a quiet round cost alone. */
export class EmptyFetch {
  #serviceUrl;

  constructor({ serviceUrl }) {
    this.#serviceUrl = serviceUrl;
  }

  async round() {
    const response = await fetch(nodesUrl(this.#serviceUrl));
    const nodes = await response.json();
    const headers = { "if-none-match": "*", "cache-control": "max-age=0" };
    await Promise.all(nodes.map(({ data }) => fetch(recordsUrl(data.url), { headers })));
    return { verifications: 0, failedPeers: 0 };
  }

  records() {
    return [];
  }
}
