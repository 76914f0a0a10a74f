// Posts one record to one node.

import { resultOfAnswer } from "../core/post-answer.js";
import { verifyRecord } from "../index.js";
import { request } from "./request.js";

const TIMEOUT_MS = 10_000;

/**
 * Posts a record to `url`, the full address at which a node accepts records. Like `publish` of the library it posts nothing
 * that the rules reject. Resolves with the PublishResult, and never rejects.
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
