// What a page does with keys, with the page's own types: WebCrypto and Blob require bytes that share no memory. It is compiled, not run.
import { createSharing, generateKey, type Signer } from "dbsharing";
import { indexeddbStore } from "dbsharing/stores/indexeddb";

export async function signByWebCrypto(): Promise<void> {
  const keys = (await crypto.subtle.generateKey("Ed25519", false, ["sign", "verify"])) as CryptoKeyPair;
  const signer: Signer = {
    publicKey: await crypto.subtle.exportKey("raw", keys.publicKey),
    sign: (bytes) => crypto.subtle.sign("Ed25519", keys.privateKey, bytes),
  };
  await createSharing({ db: indexeddbStore("records") }).update({ uuid: "home" }, signer);
}

export const keyFile = new Blob([generateKey().secretKey]);
