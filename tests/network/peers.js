// The odd peers: what each kind does, what a report must say about it, and `startPeer` to run one.

import { cachedAnswers } from "./answers/cached.js";
import { cutAnswers } from "./answers/cut.js";
import { heavyAnswers } from "./answers/heavy.js";
import { listAnswers } from "./answers/lists.js";
import { notAListAnswers } from "./answers/not-a-list.js";
import { serve } from "./server.js";

const answers = { ...listAnswers, ...notAListAnswers, ...cutAnswers, ...heavyAnswers, ...cachedAnswers };

/** Every kind of peer: `{ [kind]: { says, expected, again? } }`. */
export const peerKinds = Object.fromEntries(
  Object.entries(answers).map(([kind, { says, expected, again }]) => [kind, { says, expected, ...(again && { again }) }]),
);

/**
 * Starts one peer of a kind.
 *
 * @param {keyof typeof peerKinds} kind
 * @param {{ taskId: string, records: object[] }} options the task, and the signed records (bare) that the peer holds
 */
export async function startPeer(kind, { taskId, records }) {
  if (!answers[kind]) throw new TypeError(`no kind of peer is called ${kind}; there are ${Object.keys(answers).join(", ")}`);
  const items = records.map((record) => ({ key: `linktree:${record.publicKey}`, value: record }));
  return serve((request, response) => {
    const [, path] = request.url.match(/^(\/[^?]*)/) ?? [];
    const list = path?.startsWith(`/task/${taskId}/linktree/`) ? path.split("/").at(-1) : undefined;
    if (list === undefined) return response.writeHead(404).end("Cannot GET this");
    answers[kind].answer(response, { request, list, records, items });
  });
}
