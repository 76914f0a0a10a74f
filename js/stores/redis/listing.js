// Lists the keys of the Redis store in pages; none is given while the keys are not those of the records.

import { MEND, PAGE } from "./scripts.js";

/** How often one page has the keys rebuilt before the listing fails, which is better than one that is too short. */
const MAX_MENDS = 5;
const LOST_AGAIN =
  "the server loses its keys as often as they are rebuilt; give it more memory, or set maxmemory-policy noeviction";

/**
 * Yields pages of keys, or of keys and versions in turns, in ascending order.
 *
 * @param {(script: string, ...args: any[]) => Promise<any>} run runs a script
 * @param {{ shown: "keys" | "versions", after?: string, count: number }} what
 */
export async function* pages(run, { shown, after = "", count }) {
  for (let next = encodeURIComponent(after), mends = 0; ; ) {
    const [following, found] = await run(PAGE, next, count, shown);
    if (found === undefined) {
      mends += 1;
      if (mends > MAX_MENDS) throw new Error(`redisStore could not list its keys: ${LOST_AGAIN}`);
      await mend(run);
      continue;
    }
    mends = 0;
    yield found.map(String);
    next = String(following);
    if (next === "") return;
  }
}

/** Rebuilds versions and keys from the records, in slices between which others may write. */
async function mend(run) {
  for (const part of ["records", "keys", "versions"]) {
    for (let cursor = "0"; ; ) {
      const [next, isMended] = await run(MEND, part, cursor);
      cursor = String(next);
      if (cursor !== "0") continue;
      if (Number(isMended) === 1) return;
      break;
    }
  }
}
