// Entries as the tests of stores write and read them.

/** An entry of that timestamp. */
export function entryAt(key, timestamp) {
  const version = `${timestamp.toString(16).padStart(14, "0")}-${"0".repeat(64)}`;
  return { key, version, text: JSON.stringify({ key, timestamp }) };
}

/** Keys in ascending order, for as many as 1000. */
export function sharedKeys(count) {
  return Array.from({ length: count }, (_, index) => `key/${String(index).padStart(3, "0")}`);
}

export async function collect(iterable) {
  const items = [];
  for await (const item of iterable) items.push(item);
  return items;
}

/** What `work` resolves to, and how many turns of the event loop others had meanwhile. */
export async function withTurns(work) {
  let [turns, isDone] = [0, false];
  const count = () => {
    turns += 1;
    if (!isDone) setImmediate(count);
  };
  setImmediate(count);
  const result = await work().finally(() => (isDone = true));
  return { result, turns };
}
