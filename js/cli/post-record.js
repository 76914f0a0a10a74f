// One record posted to one node, and what became of it.

import { resultOfAnswer } from "../core/post-answer.js";
import { verifyRecord } from "../index.js";
import { request } from "./request.js";

const TIMEOUT_MS = 10_000;

/**
 * The PublishResult of a record that is posted to `url`, the very address where a node takes records. Like `publish` of the
 * library it posts nothing that the rules refuse. Never rejects.
 */
export async function postRecord(url, record, { timeoutMs = TIMEOUT_MS, fetch } = {}) {
  const verdict = verifyRecord(record);
  if (!verdict.ok) return { url, ...verdict, stored: false };
  try {
    const { status, body } = await request(url, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: verdict.text,
      timeoutMs,
      fetch,
    });
    return { url, httpStatus: status, ...resultOfAnswer({ status, text: body.toString() }, verdict) };
  } catch ({ code, message }) {
    return { url, ok: false, stored: false, code, message };
  }
}
