import type { Store } from "../types/store.js";

/**
 * Returns a store that lasts as long as the process: for tests, and for pages that start afresh.
 *
 * @example
 * const { share } = createSharing({ serviceUrl, taskId, db: memoryStore() });
 */
export function memoryStore(): Store;
