// How the Redis store goes through its keys: by pages, none of which is given while the keys are not the records'.

import { MEND, PAGE } from "./scripts.js";

/** How often one page has the keys made again before the listing fails, which is better than one that is too short. */
const MOST_MENDS = 5;
const LOST_AGAIN =
  "the server loses its keys as often as they are made again: give it more memory, or set maxmemory-policy noeviction";

/**
 * Pages of keys, or of keys and versions by turns, in ascending order.
 *
 * @param {(script: string, ...args: any[]) => Promise<any>} run runs a script
 * @param {{ shown: "keys" | "versions", after?: string, count: number }} what
 */
export async function* pages(run, { shown, after = "", count }) {
  for (let next = encodeURIComponent(after), mends = 0; ; ) {
    const [following, found] = await run(PAGE, next, count, shown);
    if (found === undefined) {
      mends += 1;
      if (mends > MOST_MENDS) throw new Error(`redisStore could not list its keys: ${LOST_AGAIN}`);
      await mend(run);
      continue;
    }
    mends = 0;
    yield found.map(String);
    next = String(following);
    if (next === "") return;
  }
}

/** Makes versions and keys anew from the records, in slices beside which others may write. */
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
