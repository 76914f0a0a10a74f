// Every part of the public interface used as documented. It is compiled, not run.
import { ClassicLevel } from "classic-level";
import { Redis } from "ioredis";
import Datastore from "nedb-promises";
import { lookup } from "node:dns";
import { Agent, createServer } from "node:http";
import { test } from "node:test";
import { createClient } from "redis";
import {
  createSharing,
  recordKey,
  signRecord,
  verifyJson,
  verifyRecord,
  verifySignatures,
  version,
  type LinktreeModel,
  type Report,
  type ShareCode,
  type ShareError,
  type Sharing,
  type SharingOptions,
  type SignedRecord,
  type SimpleDb,
  type Store,
  type StoredEntry,
  type Verdict,
} from "dbsharing";
import { nodeFetch, nodeHandler, type NodeFetchOptions, type NodeFetchResponse } from "dbsharing/http";
import { createSharing as createSlim, init } from "dbsharing/slim";
import { indexeddbStore } from "dbsharing/stores/indexeddb";
import { levelStore } from "dbsharing/stores/level";
import { memoryStore } from "dbsharing/stores/memory";
import { postgresStore } from "dbsharing/stores/postgres";
import { sqliteStore, type SqliteDatabase } from "dbsharing/stores/sqlite";
import { nedbStore } from "dbsharing/stores/nedb";
import { redisStore } from "dbsharing/stores/redis";
import { testStore } from "dbsharing/testing";

// The smallest task.
const { SERVICE_URL, TASK_ID } = process.env;
const { share } = createSharing({ serviceUrl: SERVICE_URL, taskId: TASK_ID, db: memoryStore() });
setInterval(share, 20_000);

// Every kind of db.
const simple: SimpleDb = {
  getAll: () => [],
  put(_key, record) {
    void record.data.uuid;
  },
};
const asynchronous: SimpleDb = { getAll: async () => new Map<string, SignedRecord>().values(), put: async () => {} };
const model: LinktreeModel = {
  getAllLinktrees: async (): Promise<unknown[]> => [],
  setLinktree: async (_publicKey: string, _record: { data: { uuid: string } }, _how?: string) => undefined,
};
const store: Store = {
  getMany: async (keys) => keys.map(() => undefined),
  async *entries({ gt = "", limit = 1 } = {}) {
    yield { key: gt, version: String(limit), text: "{}" };
  },
  write: async (entries: StoredEntry[]) => entries.map(() => "written"),
};
const level: Store = levelStore(new ClassicLevel("records"));
const jsonLevel = new ClassicLevel<string, unknown>("records", { valueEncoding: "json" });
const part: Store = levelStore(jsonLevel.sublevel("part"));
declare const file: SqliteDatabase & { close(): void };
const sqlite: Store = sqliteStore(file);
declare const pool: { query(text: string, values?: any[]): Promise<{ rows: { key: string }[] }> };
const postgres: Store = postgresStore({ query: (text, params) => pool.query(text, params), table: "schema.records" });
declare const sql: { unsafe(text: string, values?: (string | number | null)[]): Promise<object[]> };
const postgresJs: Store = postgresStore({ query: (text, params) => sql.unsafe(text, params) });
const tables = [sqlite, postgres, postgresJs];
const nedb: Store = nedbStore(Datastore.create("records.db"));
const redis: Store = redisStore(createClient(), { prefix: "{records}:" });
const ioredis: Store = redisStore(new Redis());
const pages: Store = indexeddbStore("records");
const stores = [store, level, part, ...tables, nedb, redis, ioredis, pages];
for (const db of [simple, asynchronous, model, ...stores, Promise.resolve(store), Promise.resolve(simple)])
  createSharing({ db });
createSharing({ db: Promise.resolve(model), identity: "owner" });
const rows = new Map<string, SignedRecord>();
createSharing({ db: { getAll: () => rows.values(), put: (key, record) => rows.set(key, record) } });
createSharing({ db: { getAll: () => [], put: (key, record) => pool.query("…", [key, JSON.stringify(record)]) } });

// Options of every kind.
const sharing: Sharing = createSharing({
  taskId: "task",
  serviceUrl: "http://localhost:30017",
  db: store,
  collection: "linktree",
  identity: "owner",
  peers: async () => new Set(["https://node.example.com"]),
  selfUrl: ["https://me.example.com"],
  intervalMs: 20_000,
  maxPeersPerRound: 32,
  concurrency: 32,
  peerTimeoutMs: 10_000,
  maxBodyBytes: 2 ** 26,
  maxItems: 1e6,
  maxRejected: 1000,
  maxRecords: 1e6,
  storeTimeoutMs: 10_000,
  acceptWrites: true,
  allowPrivateNetworks: false,
  accept: async ({ data, username }) => Array.isArray(data.linktree) && username !== "nobody",
  fetch: nodeFetch(),
  now: Date.now,
  signal: new AbortController().signal,
  logger: console,
});

createSharing({ db: store, serviceUrl: false, peers: ["https://node.example.com"] });

// Each of them, and each option of other functions, may be undefined.
const undefinedOptions = {} as { [Name in Exclude<keyof SharingOptions, "db">]: undefined };
createSharing({ ...undefinedOptions, db: store });
verifyRecord({}, { now: undefined, identity: undefined });
postgresStore({ query: (text, params) => pool.query(text, params), table: undefined });
sqliteStore(file, { name: undefined });
nedbStore(Datastore.create("records.db"), { name: undefined });
redisStore(new Redis(), { prefix: undefined });
nodeFetch()("http://localhost", { method: undefined, headers: undefined, body: undefined, signal: undefined });

for (const given of [fetch, nodeFetch(), globalThis.fetch]) createSharing({ db: store, fetch: given });
for (const peers of [
  ["http://a.example"],
  new Set(["http://a.example"]),
  { key: "http://a.example" },
  () => undefined,
  async () => ({ key: "http://a.example" }),
]) {
  createSharing({ db: store, peers });
}

// Every method of a Sharing.
const takeOff: () => void = sharing.on("report", (report: Report) => void report.totals.inserted);
sharing.on("record", (record) => void record.publicKey);
takeOff();
sharing.start();
export async function everything(request: Request, secretKey: Uint8Array): Promise<Response | undefined> {
  const { ok, error, peers, totals } = await sharing.share();
  if (!ok) console.log(error?.code, error?.message);
  for (const { url, outcome, code, rejected } of peers) {
    console.log(url, outcome === "failed" && code, rejected.BAD_KEY);
  }
  const forged: number = totals.rejected.BAD_SIGNATURE ?? 0;

  interface Linktree {
    uuid: string;
    timestamp: number;
    linktree: { label: string }[];
  }
  const linktree: Linktree = { uuid: "one", timestamp: forged, linktree: [{ label: "Site" }] };
  const record: SignedRecord<Linktree> = signRecord(linktree, secretKey);
  const { stored, ...verdict } = await sharing.put(record);
  if (stored && verdict.ok) console.log(verdict.key, verdict.version, verdict.timestampMs);
  if (!verdict.ok && verdict.code === "STORE_FAILED") console.log(verdict.message);
  const found: SignedRecord | undefined = await sharing.get(recordKey(record.publicKey, record.data.uuid));
  for await (const { data } of sharing.records()) console.log(data.uuid, data.timestamp, found?.data.anything);

  const { records, digest, lastReport, peers: known } = sharing.status();
  console.log(records, digest, lastReport?.durationMs, known[0]?.failures, version);
  await sharing.stop();
  return sharing.handle(request);
}

// `ok` distinguishes accepted and rejected verdicts.
export function verdicts(body: string | Uint8Array): (string | undefined)[] {
  const all: Verdict[] = [...verifyJson(body, { now: 0, identity: "record" }), verifyRecord({ anything: true })];
  const item = { publicKey: new Uint8Array(32), signature: new Uint8Array(64), message: new Uint8Array() };
  const bits: boolean[] = verifySignatures([item]);
  return all.map((verdict) => (verdict.ok && bits[0] ? verdict.signedText : !verdict.ok ? verdict.code : verdict.uuid));
}

// Codes are a closed list.
export function isOurs(error: unknown): error is ShareError {
  const codes: ShareCode[] = ["OPTION_INVALID", "PEER_TIMEOUT", "STORE_FAILED", "NO_TASK_ID", "ABORTED"];
  return error instanceof Error && codes.includes((error as ShareError).code);
}

// The other entries of the package.
createServer(nodeHandler(sharing));
const fetchOptions: NodeFetchOptions = {
  ca: ["PEM"],
  agent: (url) => (void url.host, new Agent()),
  lookup,
  allowPrivateNetworks: true,
};
nodeFetch(fetchOptions)(new URL("http://localhost"), { method: "POST", headers: { a: "b" }, body: "{}" }).then(
  async ({ status, headers, body, text }: NodeFetchResponse) => {
    for await (const piece of body ?? []) console.log(status, headers.get("etag"), piece.byteLength);
    await body?.cancel();
    return text({ maxBytes: 1000 });
  },
);
testStore(memoryStore, { test });
testStore(async () => ({ store: memoryStore(), reopen: () => memoryStore(), remove: async () => {} }), { test });
init(new Uint8Array()).then(() => createSlim({ db: memoryStore() }));
init(fetch("/dbsharing_bg.wasm"));
