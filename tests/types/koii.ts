// A Koii task whose app and wrapper have no types, its own types, or those of the packages. It is compiled, not run.
import Datastore from "nedb-promises";
import { createSharing, type LinktreeModel, type Sharing, type SignedRecord, type Signer, type UpdateResult } from "dbsharing";
import { nodeHandler } from "dbsharing/http";
import { koiiSharing, type ExpressApp, type KoiiOptions, type KoiiSharing, type NamespaceWrapper } from "dbsharing/koii";
import { memoryStore } from "dbsharing/stores/memory";

interface Link {
  uuid: string;
  timestamp: number;
  url: string;
}

// The types of the published wrappers.
declare class Keypair {
  get publicKey(): { toBase58(): string };
  get secretKey(): Uint8Array;
}
interface TaskState {
  task_name: string;
  ip_address_list: Record<string, string>;
}
declare class PublishedWrapper {
  getDb(): Promise<Datastore<{ key: string }>>;
  getTaskState(options?: { is_stake_list_required?: boolean }): Promise<TaskState | null>;
  getSubmitterAccount(): Promise<Keypair | null>;
  payloadSigning(body: Record<string, unknown>): Promise<string | void>;
  storeGet(key: string): Promise<string | null>;
}
declare const published: PublishedWrapper;
// A db_model.js that keeps lists of proofs, and one that keeps single proofs.
interface Proof {
  publicKey: string;
  signature: string;
}
interface Linktrees {
  getAllLinktrees(): Promise<SignedRecord[]>;
  setLinktree: (publicKey: string, linktree: SignedRecord) => Promise<void>;
}
declare const listing: Linktrees & {
  setProofs: (publicKey: string, proofs: Proof[]) => Promise<void>;
  getProofs: (publicKey: string) => Promise<Proof[]>;
};
declare const single: Linktrees & {
  setProofs: (publicKey: string, proof: Proof) => void;
  updateProofs: (publicKey: string, proof: Proof) => void;
};
declare const untyped: any;
declare const model: LinktreeModel;
declare const wallet: Signer;
declare const app: { use(path: string, ...handlers: Function[]): unknown; listen(port: number): unknown };

const links: KoiiSharing<Link> = koiiSharing<Link>({ namespaceWrapper: published });
const options: KoiiOptions = { db: model, namespaceWrapper: untyped, peers: ["https://node.example.com"], intervalMs: 20_000 };
export const some: KoiiSharing[] = [
  koiiSharing(options),
  koiiSharing({ db: memoryStore() }),
  koiiSharing({ namespaceWrapper: { getDb: () => Datastore.create() } }),
  koiiSharing({ db: listing }),
  koiiSharing({ db: single }),
  koiiSharing({ db: Promise.resolve(model), identity: "owner", namespaceWrapper: undefined }),
];
const wrapper: NamespaceWrapper = published;
const asAny: Sharing = links;
const express: ExpressApp = app;
for (const one of [app, express, untyped]) links.mount(one);
nodeHandler(links);

export async function write(): Promise<string | undefined> {
  const record: SignedRecord<Link> = await links.sign({ uuid: "home", url: "https://example.com" });
  await links.sign({ uuid: "home", url: "https://example.com", timestamp: 1 });
  const updated: UpdateResult<Link> = await links.update({ uuid: "home", url: "https://example.com" });
  const { stored, code, message, record: signed } = await links.update({ uuid: "home", url: "https://example.com" }, wallet);
  if (!stored) return `${code ?? ""} ${message} ${signed?.data.url ?? ""}`;
  await links.publish(signed);
  const { mount, share, start, stop } = koiiSharing({ namespaceWrapper: wrapper });
  mount(app);
  start();
  setInterval(share, 20_000);
  await stop();
  return updated.ok ? record.data.url : updated.message;
}

// @ts-expect-error options are required
koiiSharing();
// @ts-expect-error an unknown option
koiiSharing({ namespaceWraper: published });
// @ts-expect-error a wrong type
koiiSharing({ namespaceWrapper: published, intervalMs: "20s" });
// @ts-expect-error getDb is a function
koiiSharing({ namespaceWrapper: { getDb: Datastore.create() } });
// @ts-expect-error an app has the method use
links.mount({});
// @ts-expect-error a field is missing
void links.sign({ uuid: "home" });
// @ts-expect-error a plain Sharing needs a key to sign
void createSharing({ db: memoryStore() }).update({ uuid: "home" });
// @ts-expect-error a plain Sharing cannot be mounted
asAny.mount(app);
