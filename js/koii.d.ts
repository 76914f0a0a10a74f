import type { NedbDatastore } from "./stores/nedb.js";
import type { SharingOptions } from "./types/options.js";
import type { RecordData, SignedRecord, Signer } from "./types/record.js";
import type { UndatedData, UpdateResult } from "./types/results.js";
import type { Sharing } from "./types/sharing.js";

/**
 * What is used of a task's namespaceWrapper, of any version. All of it is optional, called when it is needed, and guarded:
 * what it throws, or does not answer in time, becomes a code or a warning.
 */
export interface NamespaceWrapper {
  /** The task's NeDB datastore, where records are kept unless option `db` is given; not called before it is needed. */
  getDb?(): Promise<NedbDatastore> | NedbDatastore;
  /** The task's state, of which `ip_address_list`, an object whose values are urls, names peers. */
  getTaskState?(options?: any): any;
  /** The same, asked with the task's id and `"KOII"`, where there is no `getTaskState`. */
  getTaskStateById?(taskId: string, taskType?: any, options?: any): any;
  /** The key pair by which the node submits, with its `secretKey` of 64 bytes; null where there is none. */
  getSubmitterAccount?(...args: any[]): any;
  /** The node's signature of data and the data together in base58, for where there is no submitter's account. */
  payloadSigning?(data: any): any;
  /** By whose key `payloadSigning` signs, where a node has not said it in `process.argv[6]`. */
  getMainAccountPubkey?(): any;
}

/** An Express app or router, 4 or 5. */
export interface ExpressApp {
  /** Adds what answers requests. */
  use(...handlers: any[]): any;
}

/**
 * What `koiiSharing` takes: every option of `createSharing`, of which one that is given is used instead of what is found.
 *
 * - `taskId`: `process.argv[3]`, where a node passes it, else `TASK_ID` of the environment. Without either the task runs
 *   off-node: rounds do nothing, and a warning (`NO_TASK_ID`) says what to do.
 * - `serviceUrl`: `process.argv[9]`, else `SERVICE_URL` of the environment, else `http://localhost:` and the node's port, which
 *   is `process.argv[11]`. `""`, `"undefined"` and `"null"` count as not given.
 * - `peers`: those that are given, and those of the task's state, which is asked for at most once a minute. A round waits
 *   for it for at most 5 seconds; where it fails its last good answer is used, a warning says so, and no round fails for it. The entry
 *   with the submitter's own key is left out.
 * - `selfUrl`: what is given, and this machine at the ports of the task (`process.argv[4]`) and of its node. Give the url by
 *   which others reach the node, where you know it.
 * - `fetch`: `nodeFetch()` of `dbsharing/http`.
 *
 * Arguments count only where they look as a node's: an id and a port, and later the node's port; so those of jest or of
 * `npm start -- x` are not taken for it.
 */
export interface KoiiOptions extends Partial<SharingOptions> {
  /**
   * Where records are kept. Default: `nedbStore(await namespaceWrapper.getDb())`, beside the task's own documents, opened
   * when it is first needed; a `collection` of another name than `"linktree"` has a place of its own there. An existing task
   * gives its `db_model.js`, so that records, edits and proofs show in its own routes.
   */
  db?: SharingOptions["db"];

  /** The task's own: `namespaceWrapper` of its `namespaceWrapper.js`, or of `@_koii/namespace-wrapper`. */
  namespaceWrapper?: NamespaceWrapper | undefined;
}

/** A Sharing with what a task of the platform needs besides. All methods are bound. */
export interface KoiiSharing<Data extends { uuid: string; timestamp: number } = RecordData> extends Sharing<Data> {
  /**
   * Serves beside the task's own routes: what `nodeHandler` of `dbsharing/http` answers, unless a route of the task answers
   * the same request, registered before or after. What is neither's goes on. With the first request that comes here, or after
   * the first round, it is said once which paths the task's own routes answer (a warning), or that they answer none (info).
   *
   * Of what is registered after this call, routes of the app and of its routers are seen, and functions that `use` mounts at
   * the very path. Not seen are those of another app that is mounted in this one, which has to come before. A catch-all, such as
   * a page for what is unknown, has to come after: it does not count as a route, and before this call it would answer in the
   * place of what is mounted. On a node the task's own port is asked once, after the first round, and a warning says where that
   * is so. An app that is mounted already is not mounted again.
   *
   * @throws {ShareError} a TypeError with the code `OPTION_INVALID` for what is not an Express app or router
   * @example
   * const sharing = koiiSharing({ namespaceWrapper });
   * sharing.mount(app);
   */
  mount(app: ExpressApp): void;

  /**
   * The record of `data`, signed by the key pair of the node's submitter, or where it has no such account by its
   * main account through `payloadSigning`. Without a `timestamp` it is dated as `update` dates it. Nothing is stored.
   *
   * @throws {ShareError} `SIGNER_FAILED` where there is neither, or what they threw; what `signRecord` has against the data;
   * `STORE_FAILED` or `STORE_TIMEOUT` where the database, which knows what has to be dated before, cannot be read
   * @example
   * const record = await koiiSharing({ namespaceWrapper }).sign({ uuid: "home", linktree: [] });
   * console.log(record.publicKey, record.data.timestamp);
   */
  sign(data: UndatedData<Data>): Promise<SignedRecord<Data>>;

  /**
   * As `update` of any Sharing; without a key it signs as `sign` does.
   *
   * @example
   * const { stored, record } = await koiiSharing({ namespaceWrapper }).update({ uuid: "home", linktree: [] });
   * console.log(stored, record?.publicKey);
   */
  update(data: UndatedData<Data>, secretKey?: Uint8Array | Signer): Promise<UpdateResult<Data>>;
}

/**
 * What `createSharing` makes, in a task of the Koii network: task id, service, peers, database and key are found there, each
 * only where no option gives it. Like `createSharing` it makes no request and opens no database by itself.
 *
 * @throws {ShareError} a TypeError or RangeError with the code `OPTION_INVALID`, which names the option, what it got and
 * what it wants
 * @example
 * const { share, mount } = koiiSharing({ namespaceWrapper });
 * mount(app);
 * setInterval(share, 20_000);
 * @example
 * // dbSharing.js, beside the database and the routes of an existing task: index.js takes mount and start from it, and
 * // routes.js takes put, so that neither has to import the other.
 * export const { mount, start, put } = koiiSharing({ db: linktreeModel, namespaceWrapper });
 */
export function koiiSharing<Data extends { uuid: string; timestamp: number } = RecordData>(
  options: KoiiOptions,
): KoiiSharing<Data>;
