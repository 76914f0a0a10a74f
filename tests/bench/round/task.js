// The task whose nodes are measured, and the set of records that a node ends with.
import { createHash } from "node:crypto";

export const TASK_ID = "bench";

/** Where a peer has its records. */
export const recordsUrl = (peerUrl) => `${peerUrl}/task/${TASK_ID}/linktree/all`;

/** Where the service has the list of nodes. */
export const nodesUrl = (serviceUrl) => `${serviceUrl}/nodes/${TASK_ID}`;

/** Two sets with one summary hold the same records: their number, and a hash over their keys and signatures. */
export function summaryOf(records) {
  const lines = records.map(({ data, publicKey, signature }) => `${publicKey}/${data.uuid} ${signature}`).sort();
  return { count: lines.length, hash: createHash("sha256").update(lines.join("\n")).digest("hex") };
}
