// What the tests of the contract suite are made of: sample entries, what a store lists, and how the two are compared.
import { isError } from "./errors.js";

/** A version with this timestamp. */
export function versionAt(timestamp, contentDigit = "0") {
  return `${timestamp.toString(16).padStart(14, "0")}-${contentDigit.padStart(64, "0")}`;
}

/** An entry with this timestamp. */
export function entryAt(key, timestamp, contentDigit) {
  return { key, version: versionAt(timestamp, contentDigit), text: JSON.stringify({ key, timestamp }) };
}

export function timestampOf(entry) {
  return entry && parseInt(entry.version.slice(0, 14), 16);
}

export async function collect(iterable) {
  const items = [];
  for await (const item of iterable) items.push(item);
  return items;
}

export async function keysOf(store, range) {
  return (await collect(store.entries(range))).map(({ key }) => key);
}

export async function versionsOf(store) {
  const listed = await collect(store.versions ? store.versions() : store.entries());
  return listed.map(({ key, version }) => [key, version]);
}

export async function keysByPages(store, limit, between = () => {}) {
  const keys = [];
  for (let gt; ; gt = keys.at(-1)) {
    const page = await keysOf(store, { ...(gt !== undefined && { gt }), limit });
    keys.push(...page);
    if (page.length < limit) return keys;
    await between(page.at(-1));
  }
}

/** Fails where the two differ: `what` names the call, so that its author reads what the store did and should have done. */
export function equal(actual, expected, what) {
  const [got, wanted] = [actual, expected].map((value) => JSON.stringify(value, undefinedAsText));
  if (got !== wanted) throw new Error(`${what}: the store gave ${shorten(got)}; the contract wants ${shorten(wanted)}`);
}

function undefinedAsText(_, value) {
  if (value === undefined) return "(undefined)";
  const isEntry = value !== null && typeof value === "object" && "version" in value;
  return isEntry ? { key: value.key, version: value.version, text: value.text } : value;
}

function shorten(text) {
  return text.length > 400 ? `${text.slice(0, 200)} … ${text.slice(-200)}` : text;
}

/** Lets other work run for a moment. */
export function turn() {
  return new Promise((resolve) => setTimeout(resolve, 1));
}

/** Waits until `isTrue()` resolves to true; after a minute it calls `complain` instead. */
export async function until(isTrue, complain) {
  for (const deadlineMs = Date.now() + 60_000; Date.now() < deadlineMs; ) {
    if (await isTrue()) return;
    await turn();
  }
  complain();
}

export async function rejects(promise, what) {
  const fault = await promise.then(
    () => "the call resolved",
    (reason) => (isError(reason) ? undefined : `the call rejected with ${String(reason)}, which is not an Error`),
  );
  if (fault !== undefined) throw new Error(`${what}: ${fault}; the contract wants a rejection with an Error`);
}
