// What a program that uses dbsharing finds out. The text is the same in every runtime and every bundle, and the answers
// have to be the same too.
import {
  createSharing,
  fromSignedMessage,
  generateKey,
  publicKeyOf,
  recordKey,
  signRecord,
  verifyJson,
  verifySignatures,
  version,
} from "dbsharing";
import { nodeHandler } from "dbsharing/http";
import { memoryStore } from "dbsharing/stores/memory";
import { testStore } from "dbsharing/testing";

/** Answers the questions; those about the network only if there is one. */
export async function answers({ judge, network }) {
  const said = { judged: judged(judge), signed: await signed(judge), promises: await promisesKept() };
  return { ...said, ...(network && (await shared(network))) };
}

function judged({ text, bytes, now, data, secretKey, signatures }) {
  const record = signRecord(data, Uint8Array.from(secretKey));
  const asBytes = (item) => Object.fromEntries(Object.entries(item).map(([name, list]) => [name, Uint8Array.from(list)]));
  return {
    version,
    ofText: verifyJson(text, { now }),
    ofBytes: verifyJson(Uint8Array.from(bytes), { now }),
    refused: refusal(() => verifyJson("{}")),
    signed: record,
    key: recordKey(record.publicKey, data.uuid),
    signatures: verifySignatures(signatures.map(asBytes)),
  };
}

/** The results for keys, a signer and a signed message. */
async function signed({ data, secretKey, signature, message }) {
  const { publicKey, secretKey: pair } = generateKey({ seed: Uint8Array.from(secretKey) });
  const bySigner = await signRecord(data, { publicKey, sign: async () => Uint8Array.from(signature) });
  return { publicKey, pair: [...pair], again: publicKeyOf(pair), bySigner, inMessage: fromSignedMessage(message, publicKey) };
}

/** Two rounds with a network of all kinds of peers, what is held and served then, and a round with one that hangs. */
async function shared({ now, taskId, serviceUrl, hangingServiceUrl }) {
  const sharing = createSharing({
    taskId,
    serviceUrl,
    db: memoryStore(),
    logger: null,
    now: () => now,
    peerTimeoutMs: 600_000,
  });
  const rounds = [await sharing.share(), await sharing.share()];
  const { digest, records } = sharing.status();
  rounds.push(await roundBesideOneThatHangs({ taskId, serviceUrl: hangingServiceUrl }));
  const handler = nodeHandler(sharing).length;
  const response = await sharing.handle(new Request(`http://node/task/${taskId}/linktree/list`));
  const served = { status: response.status, etag: response.headers.get("etag"), list: await response.json() };
  return { rounds, digest, records, served, handler };
}

/** A round whose deadline lets the peer send what it sends before it hangs: busy machines need a longer one. */
async function roundBesideOneThatHangs(settings, peerTimeoutMs = 500) {
  const report = await createSharing({ ...settings, db: memoryStore(), logger: null, peerTimeoutMs }).share();
  const isEnough = report.totals.inserted > 0 || peerTimeoutMs > 60_000;
  return isEnough ? report : roundBesideOneThatHangs(settings, 2 * peerTimeoutMs);
}

/** What the contract suite reports about the memory store. */
async function promisesKept() {
  const checks = [];
  testStore(memoryStore, { test: (name, check) => checks.push({ name, check }) });
  const kept = ({ name, check }) =>
    check().then(
      () => `kept: ${name}`,
      ({ message }) => `broken: ${name}: ${message}`,
    );
  return Promise.all(checks.map(kept));
}

function refusal(work) {
  try {
    return work();
  } catch ({ name, code, message }) {
    return { name, code, message };
  }
}
