// The account by which a node submits for a task: what signs records where the task gives no key of its own.
import { isUint8Array } from "../bytes.js";
import { coded, messageOf } from "../errors.js";
import { SECRET_KEY_BYTES, SIGNATURE_BYTES } from "../key-lengths.js";
import { kindName, printed } from "../kind-name.js";
import { bytesOfMessage } from "../signed-message.js";
import { spokenDuration } from "../spoken.js";
import { within } from "../timing.js";

const TIMEOUT_MS = 10_000;
const INSTEAD = "give update a secret key or a signer";

/** What signs for this node: its submitter's key pair, which a namespaceWrapper gives, or the node itself. */
export class Submitter {
  #namespaceWrapper;
  #mainAccount;
  #secretKey;

  /** `mainAccount` is the public key by which the node signs payloads, where it is known. */
  constructor(namespaceWrapper, mainAccount) {
    this.#namespaceWrapper = namespaceWrapper;
    this.#mainAccount = mainAccount;
  }

  /** A secret key or a signer; rejects with SIGNER_FAILED where there is neither. */
  async keyOrSigner() {
    return (await this.secretKey()) ?? this.#nodeAsSigner();
  }

  /** That of the account, asked for until it is given; undefined where there is no account. */
  async secretKey() {
    if (this.#secretKey !== undefined) return this.#secretKey;
    const account = await this.#asked("getSubmitterAccount");
    if (account === undefined || account === null) return undefined;
    this.#secretKey = secretKeyOf(account);
    return this.#secretKey;
  }

  /** By its main account, where there is no other. Where an account could not be read, it would sign in another's name. */
  async #nodeAsSigner() {
    if (!this.#has("payloadSigning")) throw failed(this.#withoutKey("has no payloadSigning()"));
    const publicKey = this.#mainAccount ?? (await this.#asked("getMainAccountPubkey"));
    if (typeof publicKey !== "string") throw failed(this.#withoutKey(this.#whyNobodys(publicKey)));
    return { publicKey, sign: (bytes) => this.#signedByNode(bytes) };
  }

  /** Why there is no key: the namespaceWrapper is missing, or has no account and besides `lacks`. */
  #withoutKey(lacks) {
    if (this.#namespaceWrapper === undefined) return `sign and update have no key: give option namespaceWrapper, or ${INSTEAD}`;
    const account = this.#has("getSubmitterAccount")
      ? "getSubmitterAccount() gave no account"
      : "it has no getSubmitterAccount()";
    return `sign and update have no key from the namespaceWrapper: ${account}, and it ${lacks}; ${INSTEAD}`;
  }

  /** Why it is not known by whose key payloadSigning signs. */
  #whyNobodys(given) {
    const unsaid = this.#has("getMainAccountPubkey")
      ? `getMainAccountPubkey() gave ${printed(given)}`
      : "it has no getMainAccountPubkey()";
    return `does not say whose key payloadSigning() signs by, as process.argv[6] has no public key and ${unsaid}`;
  }

  async #signedByNode(bytes) {
    const text = new TextDecoder().decode(bytes);
    const message = bytesOfMessage(await this.#asked("payloadSigning", JSON.parse(text)));
    const signed = new TextDecoder().decode(message.subarray(SIGNATURE_BYTES));
    if (signed !== text) throw failed("payloadSigning of the namespaceWrapper signed another text than that of the data");
    return message.slice(0, SIGNATURE_BYTES);
  }

  #has(method) {
    return typeof this.#namespaceWrapper?.[method] === "function";
  }

  /** What a method gives, in bounded time; undefined where there is no such method. */
  async #asked(method, ...given) {
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

/** That of a Keypair; older wrappers give what its JSON is. */
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
