// Bodies that are posted: read and stored within bounds, whoever sends how many of them. Beyond these the body that has
// been arriving for longest makes room: those that honest senders send are short and here at once.
import { MAX_POSTED_BYTES, MAX_POSTS, MAX_PUTS, POST_TIMEOUT_MS } from "./limits.js";
import { coded } from "./errors.js";
import { spokenDuration } from "./spoken.js";
import { after, turn } from "./timing.js";

const FIRST_BYTES = 4 * 1024;

export class PostedBodies {
  #bytes = 0;
  #posts = new Set();
  #arriving = new Set(); // those of them whose bodies are not here yet, the oldest first
  #puts = 0;
  #begun;
  #waiting = [];

  /** Gives what `store(bytes)` gives of the first `maxBytes` of a body. Rejects with TOO_BUSY, or where it cannot be read. */
  async take(body, maxBytes, store) {
    if (this.#posts.size >= MAX_POSTS && !this.#makeRoom("posts")) throw tooBusy("posts");
    const post = new PostedBody(maxBytes, (bytes) => this.#count(bytes));
    this.#posts.add(post);
    try {
      await this.#arrival(post, body);
      await this.#place();
      return await store(post.bytes()).finally(() => this.#leave());
    } finally {
      this.#posts.delete(post);
      this.#bytes -= post.heldBytes;
    }
  }

  async #arrival(post, body) {
    const late = () => post.refuse(coded("BODY_CUT", `the body did not arrive within ${spokenDuration(POST_TIMEOUT_MS)}`));
    const stopWaiting = after(POST_TIMEOUT_MS, late, { keepsAlive: false });
    this.#arriving.add(post);
    try {
      await post.arrival(body);
    } finally {
      stopWaiting();
      this.#arriving.delete(post);
    }
  }

  #count(bytes) {
    this.#bytes += bytes;
    let hadOne = true;
    while (hadOne && this.#bytes > MAX_POSTED_BYTES) hadOne = this.#makeRoom("bytes of posted bodies");
  }

  /** Refuses what has been arriving for longest; gives whether anything was. */
  #makeRoom(what) {
    const [oldest] = this.#arriving;
    if (oldest === undefined) return false;
    this.#arriving.delete(oldest);
    this.#posts.delete(oldest);
    oldest.refuse(tooBusy(what));
    return true;
  }

  async #place() {
    if (this.#puts >= MAX_PUTS) await new Promise((resolve) => this.#waiting.push(resolve));
    else this.#puts += 1;
    // To judge one may take a while: whatever else there is to do has its turns between two of them.
    this.#begun = Promise.resolve(this.#begun).then(turn);
    await this.#begun;
  }

  #leave() {
    const next = this.#waiting.shift();
    if (next) next();
    else this.#puts -= 1;
  }
}

/** One body, while it arrives: in one piece of memory, as it may come in a million pieces. */
class PostedBody {
  #maxBytes;
  #count;
  #buffer = new Uint8Array(0);
  #length = 0;
  #isRefused = false;
  #reject;

  constructor(maxBytes, count) {
    this.#maxBytes = maxBytes;
    this.#count = count;
  }

  get heldBytes() {
    return this.#buffer.length;
  }

  bytes() {
    return this.#buffer.subarray(0, this.#length);
  }

  /** Settles when the body is here, or when it is refused, also where it never ends. */
  arrival(body) {
    return new Promise((resolve, reject) => {
      this.#reject = reject;
      this.#read(body).then(resolve, reject);
    });
  }

  refuse(error) {
    const { heldBytes } = this;
    this.#isRefused = true;
    this.#buffer = new Uint8Array(0);
    this.#length = 0;
    this.#count(-heldBytes);
    this.#reject(error);
  }

  /**
   * The rest of a longer body is left unread, and not cancelled: a Request made of text, on Node 18.12, would then throw
   * where nobody can catch it.
   */
  async #read(body) {
    if (!body) return;
    const reader = body.getReader();
    while (this.#length < this.#maxBytes) {
      const { done, value } = await reader.read();
      if (done || this.#isRefused) break;
      this.#append(value.subarray(0, this.#maxBytes - this.#length));
    }
  }

  #append(piece) {
    const length = this.#length + piece.length;
    if (length > this.#buffer.length) this.#grow(length);
    if (this.#isRefused) return;
    this.#buffer.set(piece, this.#length);
    this.#length = length;
  }

  #grow(length) {
    const grown = new Uint8Array(Math.min(Math.max(length, 2 * this.#buffer.length, FIRST_BYTES), this.#maxBytes));
    grown.set(this.bytes());
    const added = grown.length - this.#buffer.length;
    this.#buffer = grown;
    this.#count(added);
  }
}

function tooBusy(what) {
  return coded("TOO_BUSY", `too many ${what} are arriving here at the same time; try again in a second`);
}
