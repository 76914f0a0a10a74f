// A follower of a store: a copy of the database's keys and versions that is updated by `changes` alone. In the end it has to
// equal what the database holds, regardless of who wrote it.

const MOST_TRIES = 100;

/** The first mark, even if another process holds a lock for a while. */
async function firstMark(store) {
  for (let tries = 0; tries < MOST_TRIES; tries += 1) {
    const look = await store.changes();
    if (look !== undefined) return look.mark;
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  throw new Error(`the store cannot tell what changed: ${store.warning}`);
}

/** A copy that follows `store` from now on. Its `look()` resolves with the entries that were reported, or undefined. */
export async function followerOf(store) {
  let mark = await firstMark(store);
  const held = await versionsIn(store);
  return {
    held,
    /** Applies the reported entries. Without entries it reads everything again, as a node does. */
    async look() {
      const look = await store.changes(mark);
      mark = look.mark;
      if (look.entries === undefined) {
        held.clear();
        for (const [key, version] of await versionsIn(store)) held.set(key, version);
      }
      for (const { key, version } of look.entries ?? []) {
        if (version === undefined) held.delete(key);
        else held.set(key, version);
      }
      return look.entries;
    },
  };
}

/** Key → version of all that the store holds. */
export async function versionsIn(store) {
  const held = new Map();
  for await (const { key, version } of store.versions()) held.set(key, version);
  return held;
}

/** The keys of a look, sorted, each with the timestamp of its version; null if there is none. */
export function reportedBy(entries) {
  const reported = entries?.map(({ key, version }) => [key, version === undefined ? null : parseInt(version.slice(0, 14), 16)]);
  return reported && Object.fromEntries(reported.sort());
}
