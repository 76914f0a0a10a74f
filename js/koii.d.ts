import type { NedbDatastore } from "./stores/nedb.js";
import type { SharingOptions } from "./types/options.js";
import type { RecordData, SignedRecord, Signer } from "./types/record.js";
import type { UndatedData, UpdateResult } from "./types/results.js";
import type { Sharing } from "./types/sharing.js";

/**
 * The methods of a task's namespaceWrapper, of any version, that are used. All are optional, called only when needed, and
 * guarded: if one throws or does not answer in time, that becomes a code or a warning.
 */
export interface NamespaceWrapper {
  /** Returns the task's NeDB datastore, where records are kept unless option `db` is given. */
  getDb?(): Promise<NedbDatastore> | NedbDatastore;
  /** Returns the task's state, whose `ip_address_list`, an object with urls as its values, names peers. */
  getTaskState?(options?: any): any;
  /** The same; called with the task's id and `"KOII"` if there is no `getTaskState`. */
  getTaskStateById?(taskId: string, taskType?: any, options?: any): any;
  /** Returns the key pair with which the node submits, whose `secretKey` has 64 bytes; null if there is none. */
  getSubmitterAccount?(...args: any[]): any;
  /** Returns the node's signature of data together with the data, in base58; used if there is no submitter account. */
  payloadSigning?(data: any): any;
  /** Returns the public key by which `payloadSigning` signs, if the node has not passed it in `process.argv[6]`. */
  getMainAccountPubkey?(): any;
}

/** An Express app or router, 4 or 5. */
export interface ExpressApp {
  /** Adds request handlers. */
  use(...handlers: any[]): any;
}

/**
 * The options of `koiiSharing`: all those of `createSharing`. An option that is given replaces the value that is found:
 *
 * - `taskId`: `process.argv[3]`, if a node passes it, otherwise `TASK_ID` of the environment. Without either the task runs
 *   off-node: rounds do nothing, and a warning (`NO_TASK_ID`) says what to do.
 * - `serviceUrl`: `process.argv[9]`, otherwise `SERVICE_URL` of the environment, otherwise `http://localhost:` and the node's
 *   port, which is `process.argv[11]`. `""`, `"undefined"` and `"null"` count as left out.
 * - `peers`: those given, and those of the task's state, which is read at most once a minute. A round waits for it for at most
 *   5 seconds. If reading it fails, its last good answer is used and a warning says so; the round does not fail. The entry
 *   with the submitter's own public key is left out.
 * - `selfUrl`: what is given, and this machine at the ports of the task (`process.argv[4]`) and of its node. Give the url at
 *   which others reach the node, if you know it.
 * - `fetch`: `nodeFetch()` of `dbsharing/http`.
 *
 * Arguments count only if they look like those of a node: an id and a port, and later the node's port. Those of jest or of
 * `npm start -- x` do not.
 */
export interface KoiiOptions extends Partial<SharingOptions> {
  /**
   * Where records are kept. Default: `nedbStore(await namespaceWrapper.getDb())`, beside the task's own documents, opened when
   * it is first needed; a `collection` other than `"linktree"` gets its own place there. An existing task passes its
   * `db_model.js`, so that its own routes show the records, edits and proofs.
   */
  db?: SharingOptions["db"];

  /** The task's own `namespaceWrapper`, of its `namespaceWrapper.js` or of `@_koii/namespace-wrapper`. */
  namespaceWrapper?: NamespaceWrapper | undefined;
}

/** A Sharing with what a Koii task needs in addition. All methods are bound. */
export interface KoiiSharing<Data extends { uuid: string; timestamp: number } = RecordData> extends Sharing<Data> {
  /**
   * Answers what `nodeHandler` of `dbsharing/http` answers, unless a route of the task answers the same request; it does not
   * matter whether that route was registered before or after. Any other request goes on. After the first request that arrives
   * here, or after the first round, one message says which of these paths the task's own routes answer (a warning), or that
   * they answer none (info).
   *
   * Of handlers registered after this call, it recognises routes of the app and of its routers, and functions that `use` mounts
   * at exactly this path. It does not recognise those of another app mounted in this one; mount that app before. A catch-all
   * handler, such as a page for unknown paths, has to come after this call: it does not count as a route, and before this call it
   * would answer in its place. On a node the task's own port is asked once, after the first round, and a warning says if
   * that is the case. Mounting the same app twice has no effect.
   *
   * Peers that find a route of the task at `/all` read all of its records whenever something has changed there. What this node
   * answers itself tells them what differs, so that they read only that.
   *
   * @throws {ShareError} a TypeError with the code `OPTION_INVALID` for what is not an Express app or router
   * @example
   * const sharing = koiiSharing({ namespaceWrapper });
   * sharing.mount(app);
   */
  mount(app: ExpressApp): void;

  /**
   * Resolves to a record of `data`, signed with the key pair of the node's submitter, or, if it has no such account, by its main
   * account through `payloadSigning`. Without a `timestamp` it gets one as in `update`. Nothing is stored.
   *
   * @throws {ShareError} `SIGNER_FAILED` if there is neither, or if they throw; the code of the rule that `data` breaks, as in
   * `signRecord`; `STORE_FAILED` or `STORE_TIMEOUT` if the database, which is needed to choose the timestamp, cannot be read
   * @example
   * const record = await koiiSharing({ namespaceWrapper }).sign({ uuid: "home", linktree: [] });
   * console.log(record.publicKey, record.data.timestamp);
   */
  sign(data: UndatedData<Data>): Promise<SignedRecord<Data>>;

  /**
   * Signs and stores data like `update` of any Sharing, and resolves to what became of it. Without a key it signs like `sign`.
   *
   * @example
   * const { stored, record } = await koiiSharing({ namespaceWrapper }).update({ uuid: "home", linktree: [] });
   * console.log(stored, record?.publicKey);
   */
  update(data: UndatedData<Data>, secretKey?: Uint8Array | Signer): Promise<UpdateResult<Data>>;
}

/**
 * Returns a Sharing for a task of the Koii network. The task id, the service, peers, the database and the key are taken from
 * the task's surroundings unless an option gives them. Like `createSharing`, it makes no request and opens no database.
 *
 * @throws {ShareError} a TypeError or RangeError with the code `OPTION_INVALID`; the message names the option, what was given
 * and what is wanted
 * @example
 * const { share, mount } = koiiSharing({ namespaceWrapper });
 * mount(app);
 * setInterval(share, 20_000);
 * @example
 * // dbSharing.js, beside the database and the routes of an existing task. index.js imports mount and start from it, and
 * // routes.js imports put, so neither has to import the other.
 * export const { mount, start, put } = koiiSharing({ db: linktreeModel, namespaceWrapper });
 */
export function koiiSharing<Data extends { uuid: string; timestamp: number } = RecordData>(
  options: KoiiOptions,
): KoiiSharing<Data>;
