/* tslint:disable */
/* eslint-disable */

/**
 * The state of one `Sharing` and its ports.
 */
export class Engine {
    free(): void;
    [Symbol.dispose](): void;
    /**
     * The entity tag of what is held.
     */
    entityTag(): string;
    /**
     * Notes that what the store holds in a slot is not what was stored there: it has to be offered again.
     */
    entryLost(key: string): void;
    /**
     * Reads the store, unless its contents are known: settles with nothing, or with an `Error`.
     */
    load(settle: Function): void;
    /**
     * An engine that has not read its store; `options` are those that `js/options.js` has checked.
     */
    constructor(host: any, options: any, accepts_writes: boolean);
    /**
     * Verifies and stores one record, given as JSON: settles with its verdict and `stored`, or with an `Error`.
     */
    put(record: string, now_ms: number, settle: Function): void;
    /**
     * Makes the next call read the store again.
     */
    readStoreAgain(): void;
    /**
     * Runs one round: settles with its report.
     */
    round(now_ms: number, seed: number, settle: Function): void;
    /**
     * What is held, and how the peers fare.
     */
    state(): any;
    /**
     * Notes a write or a deletion in the store that did not come through here.
     */
    storeChanged(key: string, version?: string | null): void;
    /**
     * What a request asks for: `"all"`, `"list"`, `"write"`, `"preflight"`, or undefined where it is not ours.
     */
    wanted(method: string, path: string): string | undefined;
}

declare function __wbg_reset_state(): void;

/**
 * Gives wasm the function by which it asks to be polled: `schedule(task)` leads to `poll(task)`, later.
 */
export function connect(schedule: Function): void;

/**
 * The key, version and signature that a record claims, given as JSON text; undefined where it breaks one of rules 1
 * to 4, or rule 8 at `now_ms`. Nothing is verified.
 */
export function describe(record: string, identity_name: string, now_ms: number): any;

/**
 * Whether a tag is named by an `If-None-Match` header.
 */
export function isCurrent(if_none_match: string, tag: string): boolean;

/**
 * Polls one task.
 */
export function poll(task: number): void;

/**
 * The store key of a slot; the uuid is given as canonical text without its quotes.
 */
export function recordKey(public_key: string, uuid?: string | null): string;

/**
 * Makes the next call of an export start with a fresh instance; for use after a trap.
 */
export function restart(): void;

/**
 * Signs data, given as JSON text: the record as JSON text.
 */
export function signRecord(data: string, secret_key: Uint8Array | number[]): string;

/**
 * One verdict for each item of a body; with the text of each good record where `with_text` says so.
 */
export function verifyJson(body: Uint8Array | number[], is_text: boolean, now_ms: number, identity_name: string, with_text: boolean): any;

/**
 * Rules 5 to 7 for many: keys of 32 bytes, signatures of 64 bytes and messages of these lengths, each joined.
 */
export function verifySignatures(keys: Uint8Array | number[], signatures: Uint8Array | number[], messages: Uint8Array | number[], lengths: Uint32Array | number[]): Uint8Array;

export type InitInput = RequestInfo | URL | Response | BufferSource | WebAssembly.Module;

export interface InitOutput {
    readonly memory: WebAssembly.Memory;
    readonly __wbg_engine_free: (a: number, b: number) => void;
    readonly connect: (a: any) => void;
    readonly describe: (a: number, b: number, c: number, d: number, e: number) => any;
    readonly engine_entityTag: (a: number) => [number, number];
    readonly engine_entryLost: (a: number, b: number, c: number) => void;
    readonly engine_load: (a: number, b: any) => void;
    readonly engine_new: (a: any, b: any, c: number) => [number, number, number];
    readonly engine_put: (a: number, b: number, c: number, d: number, e: any) => void;
    readonly engine_readStoreAgain: (a: number) => void;
    readonly engine_round: (a: number, b: number, c: number, d: any) => void;
    readonly engine_state: (a: number) => any;
    readonly engine_storeChanged: (a: number, b: number, c: number, d: number, e: number) => void;
    readonly engine_wanted: (a: number, b: number, c: number, d: number, e: number) => [number, number];
    readonly isCurrent: (a: number, b: number, c: number, d: number) => number;
    readonly poll: (a: number) => void;
    readonly recordKey: (a: number, b: number, c: number, d: number) => [number, number, number, number];
    readonly restart: () => void;
    readonly signRecord: (a: number, b: number, c: number, d: number) => [number, number, number, number];
    readonly verifyJson: (a: number, b: number, c: number, d: number, e: number, f: number, g: number) => [number, number, number];
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
