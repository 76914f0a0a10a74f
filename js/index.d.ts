/**
 * Keeps a collection of signed JSON records the same on every node of a task.
 *
 * @example
 * // dbSharing.js
 * import { createSharing } from "dbsharing";
 * export const { share } = createSharing({ serviceUrl: SERVICE_URL, taskId: TASK_ID, db });
 *
 * // index.js
 * async function setup() { setInterval(share, 20_000); }
 */
export * from "./types/codes.js";
export * from "./types/options.js";
export * from "./types/record.js";
export * from "./types/report.js";
export * from "./types/results.js";
export * from "./types/sharing.js";
export * from "./types/status.js";
export * from "./types/store.js";
