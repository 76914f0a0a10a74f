import { shortened } from "./store-contract.js";
import { textOf } from "./json-text.js";
import { printable } from "./printable.js";

/** How deep causes of causes are looked at, and how many of one error. */
const MAX_CAUSES = 4;

/** Makes an Error with a stable `code`; the wasm makes its own of the same form. */
export function coded(code, message, cause) {
  const error = new Error(message, cause === undefined ? undefined : { cause });
  error.name = "DbSharingError";
  error.code = code;
  return error;
}

/** Whether this was made by `coded`, here or in the wasm. */
export function isCoded(error) {
  return isError(error) && error.name === "DbSharingError" && typeof error.code === "string";
}

/** Whether this is an Error, also of another realm. */
export function isError(value) {
  return Object.prototype.toString.call(value) === "[object Error]" || value instanceof Error;
}

/** A sentence for whatever was thrown, with what its causes say besides, in one line and cut. */
export function messageOf(thrown) {
  try {
    return shortened(printable(wordsOf(thrown, 0)));
  } catch {
    return "something that cannot be printed was thrown";
  }
}

/** The code of whatever was thrown, or of the first of its causes that has one; undefined where none has. */
export function codeOf(thrown, depth = 0) {
  try {
    if (typeof thrown?.code === "string") return thrown.code;
    if (depth === MAX_CAUSES) return undefined;
    return causesOf(thrown)
      .map((cause) => codeOf(cause, depth + 1))
      .find((code) => code !== undefined);
  } catch {
    return undefined;
  }
}

function wordsOf(thrown, depth) {
  const message = typeof thrown?.message === "string" ? thrown.message : spelled(thrown);
  const words = message === "" ? nameOrCode(thrown) : message;
  const causes = (depth < MAX_CAUSES ? causesOf(thrown) : [])
    .filter((cause) => !saysTheSame(thrown, cause, words))
    .map((cause) => ({ words: wordsOf(cause, depth + 1), code: cause.code }));
  const isSaid = (cause) => cause.words !== "" && words.includes(cause.words);
  const codes = unsaid(
    causes.filter(isSaid).map((cause) => codeBeside(words, cause)),
    words,
  );
  const more = unsaid(
    causes.filter((cause) => !isSaid(cause)).map((cause) => cause.words + codeBeside(cause.words, cause)),
    words,
  );
  return [words + codes.join(""), more.join(", ")].filter((part) => part !== "").join(": ");
}

/** What is not an Error as its own text, or as JSON where it has none but "[object Object]", so that its code is read. */
function spelled(thrown) {
  const text = String(thrown);
  return text === "[object Object]" ? (textOf(thrown) ?? text) : text;
}

/** Whether an error is said in other words by the one around it, which has its code and names it. */
function saysTheSame({ code }, cause, words) {
  return typeof code === "string" && code === cause.code && words.includes(code);
}

/** An aggregate without words of its own is no more than its parts. */
function nameOrCode(thrown) {
  return causesOf(thrown).length > 0 ? "" : String(thrown.code ?? thrown.name ?? "");
}

function unsaid(parts, words) {
  return [...new Set(parts)].filter((part) => part !== "" && !words.includes(part));
}

/** The code of a cause in brackets, unless the words have it already. */
function codeBeside(words, { code }) {
  return typeof code !== "string" || words.includes(code) ? "" : ` (${code})`;
}

function causesOf(thrown) {
  const isObject = typeof thrown === "object" && thrown !== null;
  if (!isObject) return [];
  const { cause, errors } = thrown;
  const several = Array.isArray(errors) ? errors.slice(0, MAX_CAUSES) : [];
  return [cause, ...several].filter((one) => one !== undefined && one !== null);
}
