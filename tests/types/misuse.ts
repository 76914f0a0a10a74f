// What the types must refuse: every line below an expectation is an error, or the compiler reports the expectation.
import { createSharing, signRecord, verifyJson, verifyRecord, type ShareCode, type Store } from "dbsharing";
import { nodeFetch, nodeHandler } from "dbsharing/http";
import { indexeddbStore } from "dbsharing/stores/indexeddb";
import { levelStore } from "dbsharing/stores/level";
import { memoryStore } from "dbsharing/stores/memory";
import { postgresStore } from "dbsharing/stores/postgres";
import { sqliteStore } from "dbsharing/stores/sqlite";
import { nedbStore } from "dbsharing/stores/nedb";
import { redisStore } from "dbsharing/stores/redis";
import { testStore } from "dbsharing/testing";

const db = memoryStore();

// @ts-expect-error db is required
createSharing({ taskId: "task" });
// @ts-expect-error an unknown option
createSharing({ db, intervall: 20_000 });
// @ts-expect-error a wrong type
createSharing({ db, intervalMs: "20s" });
// @ts-expect-error identity is one of two values
createSharing({ db, identity: "uuid" });
// @ts-expect-error a Map has no getAll
createSharing({ db: new Map() });
// @ts-expect-error a store without write
const store: Store = { getMany: async () => [], async *entries() {} };
// @ts-expect-error accept returns a boolean
createSharing({ db, accept: () => "yes" });
// @ts-expect-error a list of urls, not a single url
createSharing({ db, peers: "https://node.example.com" });
// @ts-expect-error a list of urls, not a single url, from a function
createSharing({ db, peers: () => "https://node.example.com" });

const sharing = createSharing({ db });
// @ts-expect-error an unknown event
sharing.on("peer", () => {});
// @ts-expect-error a record has a signature
sharing.put({ data: { uuid: "one", timestamp: 0 }, publicKey: "key" });
// @ts-expect-error handle may resolve to undefined
sharing.handle(new Request("http://localhost")).then((response) => response.status);

const verdict = verifyRecord({});
// @ts-expect-error a rejected record has no key
verdict.key;
// @ts-expect-error an accepted record has no code
if (verdict.ok) verdict.code;
// @ts-expect-error a parsed body is not a body
verifyJson([]);
// @ts-expect-error the key is bytes
signRecord({ uuid: "one", timestamp: 0 }, "secret");
// @ts-expect-error data has a timestamp
signRecord({ uuid: "one" }, new Uint8Array(32));
// @ts-expect-error an unknown code
const code: ShareCode = "BAD_LUCK";

// @ts-expect-error not a Sharing
nodeHandler({});
// @ts-expect-error an unknown option
nodeFetch({ lookups: () => {} });
// @ts-expect-error a type of body that it does not send
nodeFetch()("http://localhost", { body: new FormData() });
// @ts-expect-error not a database
levelStore("./records");
// @ts-expect-error not a database
sqliteStore("./records.sqlite");
// @ts-expect-error a pool is not yet a query function
postgresStore({ pool: {} });
// @ts-expect-error query returns a promise
postgresStore({ query: (text: string) => [text] });
// @ts-expect-error not a datastore
nedbStore("./records.db");
// @ts-expect-error not a client
redisStore("redis://localhost");
// @ts-expect-error an unknown option
redisStore({ call: async () => null }, { keyPrefix: "records:" });
// @ts-expect-error neither a name nor a database
indexeddbStore(new Map());
// @ts-expect-error not a function
testStore(store);

export { code };
