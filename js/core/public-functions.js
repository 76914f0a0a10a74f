// The public functions, bound to a source of wasm.
import { decodeBase58 } from "./base58.js";
import { isUint8Array, joined } from "./bytes.js";
import { coded } from "./errors.js";
import { mustBeUuid, textOfData, textOfRecord } from "./given-text.js";
import { invalid } from "./option-errors.js";
import { kindName, printedKind } from "./kind-name.js";
import { mustHaveTimers } from "./runtime-needs.js"; // before ./runtime.js, whose glue would not load
import { check, checkVerifyOptions } from "./options.js";
import { randomBytes } from "./random-bytes.js";
import { runtime } from "./runtime.js";
import { Sharing } from "./sharing.js";
import { looksOfBody } from "./body-looks.js";
import { bytesOfMessage } from "./signed-message.js";
import { isSigner, mustBeSecretKey, publicKeyOfSigner, signatureBy } from "./signers.js";
import { wellFormed, withUuid } from "./json-text.js";
import { clockMs } from "./timing.js";
import { VERSION } from "./version.js";

const SEED_BYTES = 32;
const KEY_RULES = {
  seed: { wanted: "a Uint8Array of 32 bytes", accepts: (value) => isBytes(value, SEED_BYTES), print: printedKind },
};

/** Gives the public functions; `source()` gives bytes or a module, and is called when wasm is first needed. */
export function bind(source) {
  const core = new Core(source);
  return {
    createSharing: (options) => core.createSharing(options),
    verifyJson: (body, options) => core.verifyJson(body, options),
    verifyRecord: (record, options) => core.verifyRecord(record, options),
    verifySignatures: (items) => core.verifySignatures(items),
    signRecord: (data, keyOrSigner) => core.signRecord(data, keyOrSigner),
    generateKey: (options) => core.generateKey(options),
    publicKeyOf: (secretKey) => core.publicKeyOf(secretKey),
    fromSignedMessage: (text, publicKey) => core.fromSignedMessage(text, publicKey),
    recordKey: (publicKey, uuid) => core.recordKey(publicKey, uuid),
    version: VERSION,
  };
}

/** The exports of wasm, in JavaScript's terms. */
export class Core {
  #source;

  constructor(source) {
    this.#source = source;
  }

  enter(work) {
    return runtime.enter(this.#source, work);
  }

  guard(promise) {
    return runtime.guard(this.#source, promise);
  }

  createSharing(options) {
    mustHaveTimers();
    return new Sharing(this, options).publicFace();
  }

  verifyJson(body, options) {
    const { now = clockMs(), identity = "record" } = checkVerifyOptions(options);
    const isText = typeof body === "string";
    if (!isText && !isUint8Array(body)) {
      throw coded("BAD_BODY", `the body is ${kindName(body)}, wanted a string or a Uint8Array`);
    }
    const bytes = isText ? new TextEncoder().encode(wellFormed(body)) : body;
    try {
      return this.enter((wasm) => wasm.verifyJson(bytes, isText, now, identity)).map(withUuid);
    } catch (error) {
      throw error.code === "BAD_BODY" ? coded("BAD_BODY", `${error.message}${looksOfBody(bytes)}`) : error;
    }
  }

  verifyRecord(record, options) {
    const checked = checkVerifyOptions(options, "verifyRecord");
    try {
      return this.verifyJson(`[${textOfRecord(record)}]`, checked)[0];
    } catch (error) {
      if (error.code !== "BAD_SHAPE") throw error;
      return { ok: false, code: "BAD_SHAPE", message: error.message };
    }
  }

  verifySignatures(items) {
    const list = listOfItems(items);
    const isSound = list.map(
      (item) => isBytes(item?.publicKey, 32) && isBytes(item?.signature, 64) && isUint8Array(item.message),
    );
    const sound = list.filter((_, at) => isSound[at]);
    const lengths = Uint32Array.from(sound, ({ message }) => message.length);
    const parts = ["publicKey", "signature", "message"].map((field) => joined(sound.map((item) => item[field])));
    const verdicts = this.enter((wasm) => wasm.verifySignatures(...parts, lengths));
    let at = 0;
    return isSound.map((sound) => sound && verdicts[at++] === 1);
  }

  /** The record of `data`; a promise of it where a signer is given instead of a secret key. */
  signRecord(data, keyOrSigner) {
    if (isSigner(keyOrSigner)) return this.#signBy(keyOrSigner, data);
    return JSON.parse(this.enter((wasm) => wasm.signRecord(textOfData(data), keyOrSigner)));
  }

  async #signBy(signer, data) {
    const given = textOfData(data);
    const publicKey = publicKeyOfSigner(signer);
    const text = this.enter((wasm) => wasm.textToSign(given, publicKey));
    const signature = await signatureBy(signer, text);
    return JSON.parse(this.enter((wasm) => wasm.signedRecord(text, publicKey, signature)));
  }

  generateKey(options = {}) {
    const { seed = randomBytes(SEED_BYTES) } = check(options, KEY_RULES, "generateKey");
    const publicKey = this.publicKeyOf(seed);
    return { publicKey, secretKey: joined([seed, decodeBase58(publicKey)]) };
  }

  publicKeyOf(secretKey) {
    mustBeSecretKey(secretKey);
    return this.enter((wasm) => wasm.publicKeyOf(secretKey));
  }

  fromSignedMessage(text, publicKey) {
    mustBeKeyText(publicKey);
    const message = bytesOfMessage(text);
    return JSON.parse(this.enter((wasm) => wasm.recordOfMessage(message, publicKey)));
  }

  recordKey(publicKey, uuid) {
    mustBeKeyText(publicKey);
    if (uuid !== undefined) mustBeUuid(uuid, "uuid");
    const text = uuid === undefined ? undefined : JSON.stringify(uuid).slice(1, -1);
    return this.enter((wasm) => wasm.recordKey(publicKey, text));
  }

  /** A digest that entries are added to, as lines `key version`. */
  digestOf() {
    return this.enter((wasm) => new wasm.DigestOf());
  }
}

/** A single item would be none of which all verify. */
function listOfItems(items) {
  if (typeof items === "object" && typeof items?.[Symbol.iterator] === "function") return Array.from(items);
  throw invalid(
    TypeError,
    `verifySignatures(items) got ${kindName(items)}, wanted an array of items { publicKey, signature, message }`,
  );
}

function mustBeKeyText(publicKey) {
  if (typeof publicKey !== "string") throw coded("BAD_KEY", `publicKey is ${kindName(publicKey)}, wanted a base58 string`);
}

function isBytes(value, length) {
  return isUint8Array(value) && value.length === length;
}
