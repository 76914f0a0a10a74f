// The outcomes of the records that were posted to a node, from one line about them to the next.

import { codeCounts, count, grouped } from "./output.js";
import { duration } from "./times.js";

const TEXT_OF_FAILURE = "a posted record could not be stored";

/** Counts posts. The first failure of the database is reported immediately; the next ones are counted until it works again. */
export class Posts {
  #stored = 0;
  #held = 0; // already, or in a newer version
  #refused = {}; // code → count
  #failing; // { count, sinceMs } while the last posts could not be stored

  /** Takes an outcome. Returns what has to be printed immediately: `{ warn }`, `{ info }` or `{}`. */
  note({ ok, stored, code, message }, { isFailure, nowMs }) {
    if (isFailure) return this.#noteFailure(code, message, nowMs);
    if (stored) this.#stored += 1;
    else if (ok) this.#held += 1;
    else this.#refused[code] = (this.#refused[code] ?? 0) + 1;
    return stored ? this.#noteRecovery(nowMs) : {};
  }

  #noteFailure(code, message, nowMs) {
    this.#failing ??= { count: 0, sinceMs: nowMs };
    this.#failing.count += 1;
    if (this.#failing.count > 1) return {};
    return { warn: `${TEXT_OF_FAILURE}: ${message} (${code})` };
  }

  #noteRecovery(nowMs) {
    if (this.#failing === undefined) return {};
    const { count: times, sinceMs } = this.#failing;
    this.#failing = undefined;
    return { info: `posted records are stored again; ${count(times, "post")} failed in ${duration(nowMs - sinceMs)}` };
  }

  /** The posts since the last call, as parts of a line. */
  take() {
    const parts = [
      this.#stored > 0 && `${grouped(this.#stored)} stored by posts`,
      this.#held > 0 && `${count(this.#held, "post")} of held records`,
      Object.keys(this.#refused).length > 0 && `posts refused: ${codeCounts(this.#refused)}`,
    ];
    [this.#stored, this.#held, this.#refused] = [0, 0, {}];
    return parts.filter(Boolean);
  }

  /** A sentence about a database that keeps failing; undefined if it does not. */
  stillFailing(nowMs) {
    if (this.#failing === undefined) return undefined;
    const { count: times, sinceMs } = this.#failing;
    return `posted records cannot be stored: ${count(times, "post")} failed in the last ${duration(nowMs - sinceMs)}`;
  }
}

/** Wraps `handle`: `onPost(result, status)` is called with the outcome of each record that is posted. */
export function reportingPosts(handle, onPost) {
  return async (request) => {
    const response = await handle(request);
    if (response && request.method === "POST") onPost(await outcomeIn(response.clone()), response.status);
    return response;
  };
}

async function outcomeIn(response) {
  return response.json().catch(() => ({ ok: false, stored: false, code: "INTERNAL", message: "its answer is not JSON" }));
}
