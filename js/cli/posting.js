// One record posted to one node, and what became of it.

import { request } from "./request.js";

const TIMEOUT_MS = 10_000;
const MAX_PAGE_CHARACTERS = 200;
const MAX_QUOTED_CHARACTERS = 1000; // the longest key has less
const STALE_STATUS = 409;
const TEXTS = ["key", "version", "why", "heldVersion", "hint", "code", "message"];

/**
 * What became of a record that is posted to `url`: `{ url, httpStatus?, ok, stored, … }` as `put` gives it, with `code` and
 * `message` where it was not stored. Never rejects.
 */
export async function postRecord(url, record, { timeoutMs = TIMEOUT_MS, fetch } = {}) {
  try {
    const { status, body } = await request(url, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify(record),
      timeoutMs,
      fetch,
    });
    return { url, httpStatus: status, ...resultIn(body.toString(), status) };
  } catch ({ code, message }) {
    return { url, ok: false, stored: false, code, message };
  }
}

function resultIn(text, status) {
  const answer = jsonIn(text);
  const isOk = status >= 200 && status < 300;
  const said = textsIn(answer);
  if (isOk && answer !== undefined) return { ok: true, stored: said.why === undefined, ...said };
  if (isOk || (said.code ?? said.message) === undefined) return { ok: false, stored: false, ...pageAsFault(text, status) };
  return status === STALE_STATUS ? { ok: true, stored: false, ...said, why: "STALE" } : { ok: false, stored: false, ...said };
}

function jsonIn(text) {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** What an answer says in texts, cut where it is too long. */
function textsIn(answer) {
  const found = TEXTS.filter((name) => typeof answer?.[name] === "string");
  return Object.fromEntries(found.map((name) => [name, answer[name].slice(0, MAX_QUOTED_CHARACTERS)]));
}

/** What answers in another way is no node that takes records. */
function pageAsFault(text, status) {
  const message = `status ${status}: ${text.slice(0, MAX_PAGE_CHARACTERS).replace(/\s+/g, " ")}`;
  return { code: "PEER_STATUS", message };
}
