/* tslint:disable */
/* eslint-disable */

/**
 * The digest of a set of entries, which are added in any order.
 */
export class DigestOf {
    free(): void;
    [Symbol.dispose](): void;
    /**
     * Adds entries, given as lines `key version`; those with a malformed version are left out.
     */
    add(lines: string): void;
    /**
     * The digest as 64 hex digits.
     */
    hex(): string;
    /**
     * The digest of the empty set.
     */
    constructor();
}

/**
 * The node of one `Sharing`.
 */
export class Engine {
    free(): void;
    [Symbol.dispose](): void;
    /**
     * The node at this url: `{ url, endpoint, isPrivate }`.
     *
     * # Errors
     *
     * `ADDRESS_REFUSED`
     */
    addressee(url: string): any;
    /**
     * Asks a slow peer for which a round has called `askSlow`: settles with undefined when the exchange has ended.
     */
    askSlow(settle: Function): void;
    /**
     * How many bytes of the body `serve` needs for a request of this method and path, at most; undefined if the request is
     * not for this node.
     */
    bodyBytes(method: string, path: string): number | undefined;
    /**
     * Closes a way through the records.
     */
    closePages(pages: number): void;
    /**
     * Reads the record in a slot: settles with its JSON text, with undefined, or with an `Error`.
     */
    get(key: string, settle: Function): void;
    /**
     * Notes a write or a deletion in the store that did not come through this node.
     */
    heard(key: string, version?: string | null): void;
    /**
     * Looks at the store, unless the holdings mirror it: settles with undefined, or with an `Error`.
     */
    load(settle: Function): void;
    /**
     * A node that has not read its store; `options` are those that `js/core/options.js` has checked.
     */
    constructor(host: any, options: any);
    /**
     * Opens a way through the records whose keys are greater than `after` and begin with `prefix`, at most `limit` of
     * them; returns its number, for `page`. Its pages are JSON arrays.
     */
    openRecords(after: string, prefix: string, limit?: number | null): number;
    /**
     * Reads the next page: settles with its bytes, with undefined after the last one, or with an `Error`.
     */
    page(pages: number, settle: Function): void;
    /**
     * Chooses peers to send a record to: settles with their urls, or with an `Error` that says why there is none.
     */
    peersToSendTo(now_ms: number, seed: number, settle: Function): void;
    /**
     * Judges and stores many records together: settles with an array of verdicts, in their order.
     */
    putMany(records: Array<any>, now_ms: number, settle: Function): void;
    /**
     * Judges and stores one record, given as JSON: settles with its verdict.
     */
    put(record: string, now_ms: number, settle: Function): void;
    /**
     * Runs one round: settles with its report.
     */
    round(now_ms: number, seed: number, settle: Function): void;
    /**
     * Answers a request, whose `line` is its method, a space, path and query, and of whose headers `given` are `accept`,
     * `if-none-match` and `access-control-request-headers`: settles with `{ status, headers, content, pages }`, where
     * `content` is a text or bytes, and `pages` a number for `page`.
     */
    serve(line: string, given: Array<any>, body: Uint8Array | number[], now_ms: number, settle: Function): void;
    /**
     * The number of records, the digest, and the health of the peers.
     */
    status(): any;
}

declare function __wbg_reset_state(): void;

/**
 * Sets the function that schedules a task: after `schedule(task)`, JavaScript calls `poll(task)`.
 */
export function connect(schedule: Function): void;

/**
 * Polls one task.
 */
export function poll(task: number): void;

/**
 * The public key of a secret key.
 */
export function publicKeyOf(secret_key: Uint8Array | number[]): string;

/**
 * The key of a slot; the uuid is given as canonical text without its quotes.
 */
export function recordKey(public_key: string, uuid?: string | null): string;

/**
 * The record that a signed message contains.
 */
export function recordOfMessage(message: Uint8Array | number[], public_key: string): string;

/**
 * Makes the next call of an export start with a fresh instance, for use after a trap.
 */
export function restart(): void;

/**
 * The record of this data, signed with this secret key.
 */
export function signRecord(data: string, secret_key: Uint8Array | number[]): string;

/**
 * The record of this data with a signature over its text.
 */
export function signedRecord(data: string, public_key: string, signature: Uint8Array | number[]): string;

/**
 * The text that the holder of this public key has to sign for a record of this data.
 */
export function textToSign(data: string, public_key: string): string;

/**
 * The verdicts on the items of a body, in their order.
 */
export function verifyJson(body: Uint8Array | number[], is_text: boolean, now_ms: number, identity_name: string): any;

/**
 * Applies rules 5 to 7 to many: public keys of 32 bytes, signatures of 64 bytes and messages of these lengths, each kind
 * concatenated; returns 1 for each signature that verifies, else 0.
 */
export function verifySignatures(keys: Uint8Array | number[], signatures: Uint8Array | number[], messages: Uint8Array | number[], lengths: Uint32Array | number[]): Uint8Array;

export type InitInput = RequestInfo | URL | Response | BufferSource | WebAssembly.Module;

export interface InitOutput {
    readonly memory: WebAssembly.Memory;
    readonly __wbg_digestof_free: (a: number, b: number) => void;
    readonly __wbg_engine_free: (a: number, b: number) => void;
    readonly connect: (a: any) => void;
    readonly digestof_add: (a: number, b: number, c: number) => void;
    readonly digestof_hex: (a: number) => [number, number];
    readonly digestof_new: () => number;
    readonly engine_addressee: (a: number, b: number, c: number) => [number, number, number];
    readonly engine_askSlow: (a: number, b: any) => void;
    readonly engine_bodyBytes: (a: number, b: number, c: number, d: number, e: number) => number;
    readonly engine_closePages: (a: number, b: number) => void;
    readonly engine_get: (a: number, b: number, c: number, d: any) => void;
    readonly engine_heard: (a: number, b: number, c: number, d: number, e: number) => void;
    readonly engine_load: (a: number, b: any) => void;
    readonly engine_new: (a: any, b: any) => number;
    readonly engine_openRecords: (a: number, b: number, c: number, d: number, e: number, f: number, g: number) => number;
    readonly engine_page: (a: number, b: number, c: any) => void;
    readonly engine_peersToSendTo: (a: number, b: number, c: number, d: any) => void;
    readonly engine_put: (a: number, b: number, c: number, d: number, e: any) => void;
    readonly engine_putMany: (a: number, b: any, c: number, d: any) => void;
    readonly engine_round: (a: number, b: number, c: number, d: any) => void;
    readonly engine_serve: (a: number, b: number, c: number, d: any, e: number, f: number, g: number, h: any) => void;
    readonly engine_status: (a: number) => any;
    readonly poll: (a: number) => void;
    readonly publicKeyOf: (a: number, b: number) => [number, number, number, number];
    readonly recordKey: (a: number, b: number, c: number, d: number) => [number, number, number, number];
    readonly recordOfMessage: (a: number, b: number, c: number, d: number) => [number, number, number, number];
    readonly restart: () => void;
    readonly signRecord: (a: number, b: number, c: number, d: number) => [number, number, number, number];
    readonly signedRecord: (a: number, b: number, c: number, d: number, e: number, f: number) => [number, number, number, number];
    readonly textToSign: (a: number, b: number, c: number, d: number) => [number, number, number, number];
    readonly verifyJson: (a: number, b: number, c: number, d: number, e: number, f: number) => [number, number, number];
    readonly verifySignatures: (a: number, b: number, c: number, d: number, e: number, f: number, g: number, h: number) => [number, number];
    readonly wasm_bindgen__convert__closures_____invoke__h7af06d38255f967f: (a: number, b: number, c: any) => [number, number];
    readonly __wbindgen_malloc: (a: number, b: number) => number;
    readonly __wbindgen_realloc: (a: number, b: number, c: number, d: number) => number;
    readonly __wbindgen_free: (a: number, b: number, c: number) => void;
    readonly __wbindgen_exn_store: (a: number) => void;
    readonly __externref_table_alloc: () => number;
    readonly __wbindgen_externrefs: WebAssembly.Table;
    readonly __wbindgen_destroy_closure: (a: number, b: number) => void;
    readonly __externref_table_dealloc: (a: number) => void;
    readonly __wbindgen_start: () => void;
}

export type SyncInitInput = BufferSource | WebAssembly.Module;

/**
 * Instantiates the given `module`, which can either be bytes or
 * a precompiled `WebAssembly.Module`.
 *
 * @param {{ module: SyncInitInput }} module - Passing `SyncInitInput` directly is deprecated.
 *
 * @returns {InitOutput}
 */
export function initSync(module: { module: SyncInitInput } | SyncInitInput): InitOutput;

/**
 * If `module_or_path` is {RequestInfo} or {URL}, makes a request and
 * for everything else, calls `WebAssembly.instantiate` directly.
 *
 * @param {{ module_or_path: InitInput | Promise<InitInput> }} module_or_path - Passing `InitInput` directly is deprecated.
 *
 * @returns {Promise<InitOutput>}
 */
export default function __wbg_init (module_or_path: { module_or_path: InitInput | Promise<InitInput> } | InitInput | Promise<InitInput>): Promise<InitOutput>;
