// A task with its own type of records, which it writes, reads, lists, observes and publishes. It is compiled, not run.
import {
  createSharing,
  generateKey,
  recordKey,
  signRecord,
  type Progress,
  type PublishResult,
  type PutResult,
  type RecordFilter,
  type RejectedItem,
  type Report,
  type ShareCode,
  type Sharing,
  type SharingEvents,
  type SharingOptions,
  type Signer,
  type SignedRecord,
  type StoreCode,
  type RejectionCode,
  type UpdateResult,
} from "dbsharing";
import { nodeHandler } from "dbsharing/http";
import { memoryStore } from "dbsharing/stores/memory";

/** Without an index signature. */
interface Link {
  uuid: string;
  timestamp: number;
  url: string;
  label?: string;
}
interface Note {
  uuid: `note-${string}`;
  timestamp: number;
  text: string;
}

const db = memoryStore();
const links: Sharing<Link> = createSharing<Link>({ taskId: "task", db });
const secretKey: Uint8Array = generateKey().secretKey;
declare const wallet: Signer;
export const signers: Signer[] = [
  { publicKey: "base58", sign: (bytes: Uint8Array) => bytes },
  { publicKey: new Uint8Array(32), sign: async (bytes) => new Uint8Array(bytes.buffer, 0, 64) },
  { publicKey: new ArrayBuffer(32), sign: async (bytes) => bytes.buffer },
];

// It writes.
export async function write(): Promise<(string | undefined)[]> {
  const link: Link = { uuid: "home", timestamp: Date.now(), url: "https://example.com" };
  const record: SignedRecord<Link> = signRecord(link, secretKey);
  const byWallet: SignedRecord<Link> = await signRecord(link, wallet);
  const put: PutResult = await links.put(record);
  const many: PutResult[] = await links.putMany([record, byWallet]);
  const fromSet: PutResult[] = await links.putMany(new Set([record]));

  const { timestamp, ...undated } = link;
  const updated: UpdateResult<Link> = await links.update(undated, secretKey);
  const dated = await links.update({ ...link, timestamp }, wallet);
  await links.update({ uuid: "home", url: "https://example.com", timestamp: undefined }, wallet);
  if (updated.ok) await links.publish(updated.record);
  if (dated.record) await links.publish(dated.record, { to: "https://node.example.com" });
  return [put, ...many, ...fromSet, updated].map(sentence);
}

/** Every kind of result is distinguished. */
function sentence(result: PutResult): string | undefined {
  if (result.stored) return `${result.key} ${result.version} ${result.uuid} ${result.timestampMs} ${result.signedText}`;
  if (!result.ok) return `${result.code satisfies ShareCode} ${result.message} ${result.signedText ?? ""}`;
  const { why, heldVersion, message }: { why: "STALE"; heldVersion: string; message: string } = result;
  return `${why} ${heldVersion} ${message} ${heldVersion === result.version}`;
}

// It publishes.
export async function publish(record: SignedRecord<Link>, urls: readonly string[]): Promise<string[]> {
  const results: PublishResult[] = await links.publish(record, { to: urls });
  return results.map((result) => {
    if (result.stored) return `${result.url} ${result.httpStatus ?? "no answer"} ${result.key}`;
    if (!result.ok) return `${result.url} ${result.code}`;
    return `${result.url} ${result.why} ${result.heldVersion ?? "unknown"}`;
  });
}

// It reads and lists.
export async function* read(publicKey: string): AsyncGenerator<string> {
  const found: SignedRecord<Link> | undefined = await links.get(recordKey(publicKey, "home"));
  if (found) yield found.data.url;
  const filter: RecordFilter = { publicKey, prefix: "a", after: "a", limit: 10 };
  for await (const { data } of links.records(filter)) yield data.label ?? data.url;
  for await (const { data, username } of links.records()) yield `${data.url} ${username ?? ""}`;
  const { records, peers, lastReport } = links.status();
  yield `${records ?? 0} ${peers.length} ${lastReport?.totals.rejected.STORE_DROPPED ?? 0}`;
  await links.ready();
}

// It observes.
const unsubscribe: (() => void)[] = [
  links.on("report", ({ totals }: Report) => totals.inserted),
  links.on("record", ({ data }) => data.url.length),
  links.on("rejected", ({ url, key, code, message }: RejectedItem) => console.log(url, key?.length, code, message)),
  links.on("progress", ({ phase, done, total }: Progress) => console.log(phase === "load", done, total ?? "?")),
];
for (const event of ["report", "record"] as const)
  unsubscribe.push(links.on(event, (value: Report | SignedRecord<Link>) => value));
const observe = <Event extends keyof SharingEvents<Link>>(event: Event, hear: (value: SharingEvents<Link>[Event]) => void) =>
  unsubscribe.push(links.on(event, hear));
observe("rejected", ({ code }) => console.log(code));
for (const stop of unsubscribe) stop();
export const counted: (RejectionCode | StoreCode)[] = ["BAD_KEY", "STORE_DROPPED", "STORE_FAILED"];

// accept receives unchecked data; it may be a type guard.
const isLink = ({ data }: SignedRecord): boolean => typeof data.url === "string";
const guard = (record: SignedRecord): record is SignedRecord<Link> => isLink(record);
for (const accept of [isLink, guard, async (record: SignedRecord) => isLink(record)]) createSharing<Link>({ db, accept });
createSharing<Link>({ db, accept: (record): record is SignedRecord<Link> => typeof record.data.url === "string" });

// The type may be a union, and a uuid may be narrower than a string.
const several = createSharing<Link | Note>({ db });
void several.update({ uuid: "home", url: "https://example.com" }, secretKey);
void several.update({ uuid: "note-1", text: "text" }, secretKey);
several.on("record", ({ data }) => ("text" in data ? data.text : data.url));

// A Sharing of one type is a Sharing, and its handler works with node:http.
const any: Sharing = links;
nodeHandler(links);
nodeHandler(any);

// Without its own type, a task's data can be anything.
const untyped = createSharing({ db });
void untyped.put(signRecord({ uuid: "one", timestamp: 0, url: "https://example.com" } as Link, secretKey));
void untyped.update({ uuid: "one", anything: [1, { two: null }] }, secretKey);
void untyped.update({ uuid: "one", url: "https://example.com" } as Omit<Link, "timestamp">, wallet);
const options: SharingOptions = { db };
createSharing<Note>(options);
