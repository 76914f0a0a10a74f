// A peer that speaks symbols, on node:http; it counts, and a test may replace any of its answers.
import { serve } from "../network/server.js";
import { RecordSet } from "./record-set.js";
import { answerTo } from "./serving.js";

/**
 * What a peer with these records answers, as a listener for `node:http`.
 *
 * @param {object} options
 * @param {string} options.taskId
 * @param {object[]} options.records signed, bare; `set` of the result may be changed later
 * @param {"record" | "owner"} [options.identity]
 * @param {string} [options.collection]
 * @param {(answer: object, context: { request, response, set, served }) => object | undefined} [options.replace] is given
 *   each answer, `{ kind, status, headers, body }`, before it is sent, and what was served before; it returns what is sent
 *   instead, or undefined if it has taken over the response
 * @returns `{ answer, set, served, sums, replace }`: `served` has `{ kind, method, url, status, bytes }` of each request
 */
export function symbolsAnswers({
  taskId,
  records,
  identity = "record",
  collection = "linktree",
  replace = (answer) => answer,
}) {
  const peer = { set: RecordSet.of(records, identity), served: [], replace, answer, sums };
  return peer;

  function answer(request, response) {
    const honest = answerTo(request, { set: peer.set, taskId, collection }) ?? {
      kind: "none",
      status: 404,
      headers: {},
      body: "",
    };
    const context = { request, response, set: peer.set, served: [...peer.served] };
    const entry = { kind: honest.kind, method: request.method, url: request.url, headers: request.headers };
    peer.served.push(entry);
    const sent = peer.replace(honest, context);
    if (sent === undefined) return;
    Object.assign(entry, { status: sent.status, bytes: sent.body.length });
    response.writeHead(sent.status, sent.headers);
    response.end(sent.body);
  }

  /** `{ requests, bytes }` of each kind that was asked for. */
  function sums() {
    const byKind = {};
    for (const { kind, bytes = 0 } of peer.served) {
      byKind[kind] ??= { requests: 0, bytes: 0 };
      byKind[kind].requests += 1;
      byKind[kind].bytes += bytes;
    }
    return byKind;
  }
}

/** Starts such a peer; resolves with what `symbolsAnswers` returns, and its `url` and `close`. */
export async function symbolsPeer(options) {
  const peer = symbolsAnswers(options);
  return Object.assign(peer, await serve(peer.answer));
}
