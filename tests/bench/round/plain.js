// The best that plain JavaScript can do: fetch with conditions, a Map, no verification of known records, node:crypto.
import { createPublicKey, verify } from "node:crypto";
import bs58 from "bs58";
import { nodesUrl, recordsUrl } from "./task.js";

/** The header before the 32 bytes of an ed25519 key in its DER form. */
const SPKI_PREFIX = Buffer.from("302a300506032b6570032100", "hex");

/** The forms from which a key is imported. JWK is the fastest; DER is what most code uses. See bench:verify. */
export const importedAs = {
  jwk: (bytes) => ({ key: { kty: "OKP", crv: "Ed25519", x: Buffer.from(bytes).toString("base64url") }, format: "jwk" }),
  der: (bytes) => ({ key: Buffer.concat([SPKI_PREFIX, bytes]), format: "der", type: "spki" }),
};

/** Verifies records, and keeps the keys of their signers as objects. */
export class Signatures {
  #keys = new Map();
  #asKey;

  constructor(asKey) {
    this.#asKey = asKey;
  }

  isSound({ data, publicKey, signature }) {
    try {
      return verify(null, Buffer.from(JSON.stringify(data)), this.#keyObject(publicKey), bs58.decode(signature));
    } catch {
      return false;
    }
  }

  #keyObject(publicKey) {
    let object = this.#keys.get(publicKey);
    if (object === undefined) {
      object = createPublicKey(this.#asKey(bs58.decode(publicKey)));
      this.#keys.set(publicKey, object);
    }
    return object;
  }
}

/** Without `max-age=0` Node's fetch adds `no-cache` to a condition, and Express then answers with the whole body. */
export const conditionsOf = (tag) => (tag ? { "if-none-match": tag, "cache-control": "max-age=0" } : {});

export class Plain {
  #held = new Map();
  #tags = new Map();
  #signatures;
  #settings;

  constructor({ serviceUrl, peerTimeoutMs }, asKey) {
    this.#settings = { serviceUrl, peerTimeoutMs };
    this.#signatures = new Signatures(asKey);
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
      const response = await fetch(recordsUrl(url), { headers: conditionsOf(this.#tags.get(url)), signal });
      if (response.status === 304) return;
      const items = await response.json();
      for (const item of items) this.#receive(item.value ?? item, counts);
      this.#tags.set(url, response.headers.get("etag"));
    } catch {
      counts.failedPeers += 1;
    }
  }

  /** A record that is not newer than the held one is known or stale, and needs no verification. */
  #receive(record, counts) {
    const key = `${record.publicKey}/${record.data.uuid}`;
    if (this.#held.get(key)?.data.timestamp >= record.data.timestamp) return;
    counts.verifications += 1;
    if (this.#signatures.isSound(record)) this.#held.set(key, record);
  }
}

/** Asks the service and every peer, and gets 304 from each: the cost of only the requests of a quiet round. */
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
