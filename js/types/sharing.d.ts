import type { SharingOptions } from "./options.js";
import type { RecordData, Signer, SignedRecord } from "./record.js";
import type { Report } from "./report.js";
import type {
  Progress,
  PublishOptions,
  PublishResult,
  PutResult,
  RecordFilter,
  RejectedItem,
  UndatedData,
  UpdateResult,
} from "./results.js";
import type { Status } from "./status.js";

/**
 * Returns a {@link Sharing}, which keeps one collection of one task the same on this node as on its peers. Creating it
 * makes no request, touches no database and sets no timer; `share()` and `start()` do.
 *
 * `Data` is the shape of the task's records, for the types only. Nothing checks that what peers send has that shape,
 * unless option `accept` does.
 *
 * @throws {ShareError} a TypeError or RangeError with the code `OPTION_INVALID`; the message names the option, what was
 * given and what is wanted
 * @example
 * import { createSharing } from "dbsharing";
 * export const { share } = createSharing({ serviceUrl: SERVICE_URL, taskId: TASK_ID, db });
 * @example
 * interface Link { uuid: string; timestamp: number; url: string }
 * const links = createSharing<Link>({ taskId: TASK_ID, db, accept: ({ data }) => typeof data.url === "string" });
 * for await (const { data } of links.records()) console.log(data.url);
 */
export function createSharing<Data extends { uuid: string; timestamp: number } = RecordData>(
  options: SharingOptions,
): Sharing<Data>;

/** What the listeners of each event receive; see `on`. */
export interface SharingEvents<Data extends object = RecordData> {
  report: Report;
  record: SignedRecord<Data>;
  rejected: RejectedItem;
  progress: Progress;
}

/** All methods are bound: `const { share } = createSharing(…)` works. */
export interface Sharing<Data extends { uuid: string; timestamp: number } = RecordData> {
  /**
   * Runs one round and resolves to its report: asks the service for the task's nodes, asks the nodes for the records
   * in which they differ from this one, and keeps what is valid and new. Never rejects and never throws. A call during a
   * round returns that round's promise.
   *
   * @example
   * setInterval(share, 20_000);
   */
  share(): Promise<Report>;

  /**
   * Starts a round at once and then one every `intervalMs`. Rounds never overlap. The timer does not keep the process
   * alive.
   *
   * @example
   * sharing.start();
   */
  start(): void;

  /**
   * Ends what `start()` began, the current round, exchanges with slow peers that outlived their round, and requests of
   * `publish`. Resolves when all of them have ended.
   *
   * @example
   * process.once("SIGTERM", () => void sharing.stop());
   */
  stop(): Promise<void>;

  /**
   * Calls the listener after every round, with its own copy of the report. Returns an unsubscribe function. What a
   * listener throws is logged and has no other effect.
   *
   * @throws {ShareError} with the code `OPTION_INVALID`: a RangeError for an unknown event, a TypeError for a listener that
   * is not a function. This holds for every event
   * @example
   * const unsubscribe = sharing.on("report", ({ totals }) => console.log(`${totals.inserted} new records`));
   * unsubscribe();
   */
  on(event: "report", listener: (report: Report) => unknown): () => void;
  /**
   * Calls the listener with every record that is stored here, and with every record that another process, another tab or
   * the task's own code wrote to the same database, once this node notices it. Records found when the database is first
   * read are not reported; use `records` for those. Returns an unsubscribe function.
   *
   * What others write is noticed only after the database has been read once. `ready`, `records`, `share`, `start`, a `put`
   * or a request reads it; adding a listener does not, so a tab or process that only listens has to call `ready`. A store
   * with `watch`, such as `indexeddbStore`, reports changes at once; any other store is checked by rounds and requests.
   *
   * @example
   * sharing.on("record", ({ publicKey, data }) => console.log(`${publicKey} wrote ${data.uuid}`));
   * await sharing.ready();
   */
  on(event: "record", listener: (record: SignedRecord<Data>) => unknown): () => void;
  /**
   * Calls the listener with every item from a peer that a rule or the database rejected. Returns an unsubscribe function.
   *
   * @example
   * sharing.on("rejected", ({ url, key, code, message }) => console.log(`${url} sent ${key ?? "an item"}: ${code}, ${message}`));
   */
  on(event: "rejected", listener: (item: RejectedItem) => unknown): () => void;
  /**
   * Calls the listener about once a second while a round, or reading the database, takes longer than a second. Returns an
   * unsubscribe function.
   *
   * @example
   * sharing.on("progress", ({ phase, done, total }) => console.log(`${phase}: ${done}${total ? ` of ${total}` : ""}`));
   */
  on(event: "progress", listener: (progress: Progress) => unknown): () => void;
  /**
   * The same for an event that is known only at run time: one of a list, or a parameter of your own function.
   *
   * @example
   * for (const event of ["report", "rejected"] as const) sharing.on(event, (value) => console.log(`${event}: ${JSON.stringify(value)}`));
   */
  on<Event extends keyof SharingEvents<Data>>(
    event: Event,
    listener: (value: SharingEvents<Data>[Event]) => unknown,
  ): () => void;

  /**
   * Stores a record that is already signed, if it is newer than the one held, and resolves to what became of it. Never
   * rejects: for a record that breaks a rule, or that the database fails to store, the result has `ok: false` and the
   * code. To sign and store in one step, use `update`.
   *
   * @example
   * const record = signRecord({ uuid: "home", linktree: [], timestamp: Date.now() }, secretKey);
   * const { ok, stored } = await sharing.put(record);
   */
  put(record: SignedRecord<Data>): Promise<PutResult>;

  /**
   * Stores many records, judged and written in batches, and resolves to one result for each, in the same order. Like `put`,
   * it never rejects. If `records` is not iterable, or is a string, there is a single result with the code
   * `OPTION_INVALID`. If iterating throws, the records before that are stored, and an `OPTION_INVALID` result follows
   * theirs.
   *
   * Of several versions of one record the greatest wins. The others are `STALE` if they are in the same batch; one that
   * came some hundreds of records earlier may have been stored and then replaced.
   *
   * @example
   * const results = await sharing.putMany(records);
   * console.log(`${results.filter(({ stored }) => stored).length} of ${results.length} stored`);
   */
  putMany(records: Iterable<SignedRecord<Data>>): Promise<PutResult[]>;

  /**
   * Signs data, stores it as the newest record of its slot, and resolves to what became of it. Sets `timestamp`, replacing
   * one that was given: to the clock's time in milliseconds, or later where needed, so that it is later than what the slot
   * holds and no two updates have the same timestamp. Updates of one slot are stored in the order of the calls; `data` is
   * read when `update` is called. If another process writes to the slot meanwhile, the data is dated and signed again, up to
   * ten times in total; then the result is `STALE`.
   *
   * If the slot holds a record dated more than ten minutes ahead of this node's clock, because this or another clock was
   * fast, nothing can be stored there until that time comes: the result is `FROM_THE_FUTURE`, and no signature is asked for.
   *
   * Takes a secret key, as `signRecord` does, or a {@link Signer}, which may take as long as it likes: only updates of this
   * slot wait for it. `stop()` and the `signal` do not end an update.
   * Never rejects: a fault of the data, the key, the signer or the database is in the result.
   *
   * @example
   * const { stored, record } = await sharing.update({ uuid: "home", linktree: [] }, secretKey);
   * if (stored) await sharing.publish(record);
   */
  update(data: UndatedData<Data>, secretKey: Uint8Array | Signer): Promise<UpdateResult<Data>>;

  /**
   * Resolves to the record in the slot with this key (see `recordKey`), or to `undefined` if there is none.
   *
   * @throws {ShareError} `BAD_ID` if the key is not a string; `STORE_FAILED` or `STORE_TIMEOUT` if the database fails;
   * `IDENTITY_MISMATCH` if the database was written with the other `identity`. What the database threw is the `cause`, here
   * and in `ready` and `records`
   * @example
   * const record = await sharing.get(recordKey(publicKey, "home"));
   * console.log(record?.data.linktree);
   */
  get(key: string): Promise<SignedRecord<Data> | undefined>;

  /**
   * Returns the records held, in ascending order of their keys: all of them, or those that match the filter.
   *
   * @throws {ShareError} by the call itself, `OPTION_INVALID` if the filter is wrong, `BAD_KEY` if its `publicKey` is not
   * base58 of 32 bytes; while reading, `STORE_FAILED` or `STORE_TIMEOUT` if the database fails, `IDENTITY_MISMATCH` if it
   * was written with the other `identity`
   * @example
   * for await (const { data } of sharing.records({ publicKey, limit: 10 })) console.log(data.uuid);
   */
  records(filter?: RecordFilter): AsyncIterable<SignedRecord<Data>>;

  /**
   * Sends a record to other nodes that accept writes, so that they have it before their next round, and resolves to one
   * result for each node asked. Nothing is stored here. With option `to`, every node in it is asked. Without it, the peers
   * that this node knows are asked, except those it is backing off from: three at a time, until three hold the record. If no
   * peer is known yet, the service is asked for its list.
   *
   * `ok: true` means that the node holds this version or a greater one. A record that breaks a rule is not sent. Never
   * rejects: if no node could be asked, there is one result, with an empty url and the reason. Each node has
   * `peerTimeoutMs` to answer; `stop()` and the `signal` end the requests (`ABORTED`).
   *
   * @example
   * const [result] = await sharing.publish(record, { to: "https://node.example.com" });
   * if (result?.ok) console.log(`${result.url} holds it`);
   * else console.log(`${result?.code}: ${result?.message}`);
   */
  publish(record: SignedRecord<Data>, options?: PublishOptions): Promise<PublishResult[]>;

  /**
   * Resolves to the response to a peer's request, or to `undefined` if the request is not for this node.
   *
   * - GET, HEAD and OPTIONS of `/task/{taskId}/{collection}/all` and `/list`, and of both without `/task/{taskId}`: 200 with
   *   the records as JSON, or 304 if the request's `If-None-Match` has the current `ETag`; OPTIONS is answered with 204.
   *   `?after=KEY` (`encodeURIComponent` of a key, see `recordKey`) selects the records with greater keys; a value that is
   *   not a key is ignored. A body that would hold less than its `ETag` promises is cut off.
   * - The same methods of `/symbols` and `/records` beside them, for nodes that look for what differs. `/symbols` has sums over all
   *   records, at most 24 656 bytes: `?view=V&from=F&count=C` selects the view, 0 or 1, and the first and the number of
   *   the cells. `/all` has the first cells too, for a request that accepts `application/vnd.dbsharing.symbols`. `/records?ids=I`
   *   has the records of up to 1000 ids, in the form of `/all`; it is cut off if it would lack one. 400, `BAD_QUERY`: the query
   *   has another form. `js/symbols.md` in this package describes the bytes.
   * - POST of `/{collection}`, with option `acceptWrites`: the body is a record or `{ payload: record }`, and the response is
   *   a {@link PutResult} as JSON. 200: the record was stored, or this very version was held already. 409: a greater version
   *   is held. 400: it breaks a rule. 408: the body did not arrive whole in time. 413: it is too long.
   * - Either may also be answered with 503 and the code, if the database or this node itself failed, or with 429, `TOO_BUSY`,
   *   if one of these limits is reached:
   *
   * At most 1024 posts are under way, whose bodies hold at most 16 MiB together, and at most 8 are judged and stored at the
   * same time. Beyond that, the post whose body has been arriving for longest is answered with 429. At most 256 bodies of
   * records are read at the same time. One that nobody reads from for a second is cut off if another request needs its
   * place, and after 30 seconds in any case. A request waits for a place for up to 10 seconds and is then answered with 429.
   * HEAD, 304, sums and short texts need no place. On node:http and Express use `nodeHandler` of `dbsharing/http`.
   *
   * @throws {ShareError} a TypeError with the code `OPTION_INVALID` for what is not a Request
   * @example
   * const answer = await sharing.handle(new Request("https://me.example.com/task/my-task/linktree/all"));
   * console.log(answer ? await answer.json() : "not for us");
   */
  handle(request: Request): Promise<Response | undefined>;

  /**
   * Resolves once the database has been read, which it reads unless that was done already. From then on `status()` has the
   * number of records. A round, a `put` and a peer's request read the database by themselves.
   *
   * @throws {ShareError} `STORE_FAILED` or `STORE_TIMEOUT` if the database fails; `IDENTITY_MISMATCH` if it was written with
   * the other `identity`
   * @example
   * await sharing.ready();
   * console.log(`${sharing.status().records} records`);
   */
  ready(): Promise<void>;

  /**
   * Returns what this node holds and what it knows about its peers.
   *
   * @example
   * const { records, digest, peers } = sharing.status();
   * console.log(`${records} records, ${peers.length} peers, digest ${digest}`);
   */
  status(): Status;
}
