// The task whose nodes are measured, and a summary of the records that a node ends with.
import { createHash } from "node:crypto";

export const TASK_ID = "bench";

/** The url of the records of a peer. */
export const recordsUrl = (peerUrl) => `${peerUrl}/task/${TASK_ID}/linktree/all`;

/** The url of the list of nodes. */
export const nodesUrl = (serviceUrl) => `${serviceUrl}/nodes/${TASK_ID}`;

/** Two sets with one summary hold the same records: their number, and a hash over their keys and signatures. */
export function summaryOf(records) {
  const lines = records.map(({ data, publicKey, signature }) => `${publicKey}/${data.uuid} ${signature}`).sort();
  return { count: lines.length, hash: createHash("sha256").update(lines.join("\n")).digest("hex") };
}
