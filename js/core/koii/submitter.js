// The account with which a node submits for a task: it signs records if the task gives no key of its own.
import { isUint8Array } from "../bytes.js";
import { coded, messageOf } from "../errors.js";
import { SECRET_KEY_BYTES, SIGNATURE_BYTES } from "../key-lengths.js";
import { kindName, printed } from "../kind-name.js";
import { bytesOfMessage } from "../signed-message.js";
import { spokenDuration } from "../spoken.js";
import { within } from "../timing.js";

const TIMEOUT_MS = 10_000;
const INSTEAD = "give update a secret key or a signer";

/** Signs for this node: with its submitter's key pair, which a namespaceWrapper gives, or by the node itself. */
export class Submitter {
  #namespaceWrapper;
  #mainAccount;
  #secretKey;

  /** `mainAccount` is the public key with which the node signs payloads, if it is known. */
  constructor(namespaceWrapper, mainAccount) {
    this.#namespaceWrapper = namespaceWrapper;
    this.#mainAccount = mainAccount;
  }

  /** A secret key or a signer; rejects with SIGNER_FAILED if there is neither. */
  async keyOrSigner() {
    return (await this.secretKey()) ?? this.#nodeAsSigner();
  }

  /** The account's secret key, asked for until it is given; undefined if there is no account. */
  async secretKey() {
    if (this.#secretKey !== undefined) return this.#secretKey;
    const account = await this.#ask("getSubmitterAccount");
    if (account === undefined || account === null) return undefined;
    this.#secretKey = secretKeyOf(account);
    return this.#secretKey;
  }

  /** Signs with the node's main account if there is no other. If one could not be read, that would sign in another's name. */
  async #nodeAsSigner() {
    if (!this.#has("payloadSigning")) throw failed(this.#withoutKey("has no payloadSigning()"));
    const publicKey = this.#mainAccount ?? (await this.#ask("getMainAccountPubkey"));
    if (typeof publicKey !== "string") throw failed(this.#withoutKey(this.#whyUnknownKey(publicKey)));
    return { publicKey, sign: (bytes) => this.#signedByNode(bytes) };
  }

  /** Why there is no key: the namespaceWrapper is missing, or has no account and also `lacks` this. */
  #withoutKey(lacks) {
    if (this.#namespaceWrapper === undefined) return `sign and update have no key: give option namespaceWrapper, or ${INSTEAD}`;
    const account = this.#has("getSubmitterAccount")
      ? "getSubmitterAccount() gave no account"
      : "it has no getSubmitterAccount()";
    return `sign and update have no key from the namespaceWrapper: ${account}, and it ${lacks}; ${INSTEAD}`;
  }

  /** Why it is not known with whose key payloadSigning signs. */
  #whyUnknownKey(given) {
    const also = this.#has("getMainAccountPubkey")
      ? `getMainAccountPubkey() gave ${printed(given)}`
      : "it has no getMainAccountPubkey()";
    return `does not say with whose key payloadSigning() signs, as process.argv[6] is not a public key and ${also}`;
  }

  async #signedByNode(bytes) {
    const text = new TextDecoder().decode(bytes);
    const message = bytesOfMessage(await this.#ask("payloadSigning", JSON.parse(text)));
    const signed = new TextDecoder().decode(message.subarray(SIGNATURE_BYTES));
    if (signed !== text) throw failed("payloadSigning of the namespaceWrapper signed a text that is not that of the data");
    return message.slice(0, SIGNATURE_BYTES);
  }

  #has(method) {
    return typeof this.#namespaceWrapper?.[method] === "function";
  }

  /** What a method returns, in bounded time; undefined if there is no such method. */
  async #ask(method, ...given) {
    if (!this.#has(method)) return undefined;
    const late = () => new Error(`did not answer within ${spokenDuration(TIMEOUT_MS)}`);
    try {
      const answer = async () => this.#namespaceWrapper[method](...given);
      return await within(answer(), TIMEOUT_MS, late);
    } catch (error) {
      throw failed(`${method} of the namespaceWrapper failed: ${messageOf(error)}`, error);
    }
  }
}

/** The secret key of a Keypair; older wrappers give its JSON instead. */
function secretKeyOf(account) {
  const key = account.secretKey ?? account._keypair?.secretKey;
  const bytes = isUint8Array(key) ? key : Object.values(key?.data ?? key ?? {});
  if (bytes.length === SECRET_KEY_BYTES) return Uint8Array.from(bytes);
  const got = isUint8Array(key) ? `${bytes.length} bytes` : kindName(key);
  throw failed(`the secretKey of the submitter's account is ${got}; wanted a Uint8Array of ${SECRET_KEY_BYTES} bytes`);
}

function failed(message, cause) {
  return coded("SIGNER_FAILED", message, cause);
}
