// The requests of one exchange, with what they cost.
import http from "node:http";
import { acceptFor, idsToText, isSymbols, parseBody } from "./body.js";

/** A peer's answers, each counted under its kind. */
export class Requests {
  /** `{ kind, status, bytes }` of each request. */
  made = [];
  #base;

  constructor(url, { taskId, collection }) {
    this.#base = `${url}/task/${encodeURIComponent(taskId)}/${encodeURIComponent(collection)}`;
  }

  /** How many requests of a kind were made, and the bytes of their bodies. */
  sum(kind) {
    const made = this.made.filter((one) => one.kind === kind);
    return { requests: made.length, bytes: made.reduce((sum, { bytes }) => sum + bytes, 0) };
  }

  /** The opening request; `count` is undefined where records are wanted. */
  open(count, tags) {
    const accept = count === undefined ? {} : { accept: acceptFor(count) };
    const condition = tags.length > 0 ? { "if-none-match": tags.join(", "), "cache-control": "max-age=0" } : {};
    return this.#get("/all", { ...accept, ...condition });
  }

  /** Some cells of a view, with the tag of the set. */
  async cells(view, from, count) {
    const answer = await this.#good(`/symbols?view=${view}&from=${from}&count=${count}`);
    return { ...parseBody(answer.body, { view, from }), tag: answer.headers.etag };
  }

  /** The records with these ids. */
  async records(ids) {
    return recordsIn(await this.#good(`/records?ids=${idsToText(ids)}`));
  }

  /** All records, and the tag of their set. */
  async all() {
    const answer = await this.#good("/all");
    return { records: recordsIn(answer), tag: answer.headers.etag };
  }

  async #good(path) {
    const answer = await this.#get(path, {});
    if (answer.status === 200) return answer;
    throw Object.assign(new Error(`${path} was answered ${answer.status}`), { status: answer.status });
  }

  async #get(path, headers) {
    const answer = await get(this.#base + path, headers);
    this.made.push({ kind: kindOf(answer, path), status: answer.status, bytes: answer.body.length });
    return answer;
  }
}

/** `"unchanged"`, `"symbols"`, `"records"`, `"json"` or `"refused"`. */
function kindOf({ status, body }, path) {
  if (status === 304) return "unchanged";
  if (status !== 200) return "refused";
  if (isSymbols(body)) return "symbols";
  return path.startsWith("/records") ? "records" : "json";
}

/** The records in a list, each bare or the `value` of an item. */
export const recordsIn = ({ body }) => JSON.parse(body.toString()).map((item) => item.value ?? item);

/** A GET, or another method, with its whole body: `{ status, headers, body }`. */
export function get(url, headers = {}, method = "GET") {
  return new Promise((resolve, reject) => {
    const request = http.request(url, { method, headers, agent: false }, (response) => {
      const pieces = [];
      response.on("data", (piece) => pieces.push(piece));
      response.on("error", reject);
      response.on("end", () =>
        resolve({ status: response.statusCode, headers: response.headers, body: Buffer.concat(pieces) }),
      );
    });
    request.on("error", reject).end();
  });
}
