// What a node says of a record that was posted to it: one of ours, or one that somebody wrote by hand.
import { messageOf } from "./errors.js";
import { refusal } from "./refusals.js";
import { isVersion } from "./store-contract.js";

/** So much of a text that is not ours is looked at. */
const MAX_QUOTED_CHARACTERS = 2_000;
const NO_WRITES = ", so it does not accept writes here";
const MEANINGS = { 404: NO_WRITES, 405: NO_WRITES, 422: ", so the task is stopped there" };
const CODE = /^[A-Z][A-Z_]{2,40}$/;

/** The PutResult that an answer stands for: what it says of the record itself is not believed, but taken from our verdict. */
export function resultOfAnswer({ status, text, fault }, verdict) {
  const isSuccess = status >= 200 && status < 300;
  const said = objectIn(text);
  if (isSuccess && fault) return refused(verdict, fault.code, `${fault.message}; it may have stored the record`);
  if (said?.ok === true && said.stored === false) return stale(verdict, said);
  if (MEANINGS[status] === NO_WRITES) return refused(verdict, "PEER_STATUS", sentenceOf(status, wordsOf(said, text)));
  if (said?.ok === false && matches(CODE, said.code)) return refused(verdict, said.code, wordsOf(said) ?? said.code);
  if (isSuccess && isPage(text))
    return refused(verdict, "PEER_STATUS", sentenceOf(`${status} and a page`, wordsOf(said, text)));
  if (isSuccess && !saysNo(said)) return { ...verdict, stored: true };
  return refused(verdict, status === 422 ? "PEER_STOPPED" : "PEER_STATUS", sentenceOf(status, wordsOf(said, text)));
}

/** A web server gives its own page, with 200, at every path that it does not know. */
function isPage(text) {
  return text.trimStart().startsWith("<");
}

/** Whether an object says that the record was not stored, or speaks of an error and of no success. */
function saysNo(said) {
  const words = [said?.ok, said?.success, said?.stored];
  if (words.includes(false)) return true;
  return Boolean(said?.error) && !words.includes(true);
}

/** A node of version 0.1.0 does not say which version it holds. */
function stale(verdict, said) {
  const held = isVersion(said.heldVersion) ? { heldVersion: said.heldVersion } : {};
  const message = wordsOf(said) ?? "this version of the record, or a greater one, is held there";
  return { ...verdict, stored: false, why: "STALE", ...held, message };
}

function refused({ signedText }, code, message) {
  return { ...refusal(code, message), signedText };
}

function sentenceOf(status, words) {
  return `answered with HTTP status ${status}${MEANINGS[status] ?? ""}${words === undefined ? "" : `: ${words}`}`;
}

function wordsOf(said, text = "") {
  const words = [said?.message, said?.error].find((words) => typeof words === "string" && words !== "") ?? withoutTags(text);
  return words === "" ? undefined : messageOf(words.slice(0, MAX_QUOTED_CHARACTERS));
}

/** The words of a page, or of whatever else it is, in one line. */
function withoutTags(text) {
  return text
    .slice(0, MAX_QUOTED_CHARACTERS)
    .replace(/<[^<>]*>/g, " ")
    .replace(/\s+/g, " ")
    .trim();
}

function objectIn(text) {
  try {
    const said = JSON.parse(text);
    return typeof said === "object" && said !== null ? said : undefined;
  } catch {
    return undefined;
  }
}

function matches(form, value) {
  return typeof value === "string" && form.test(value);
}
