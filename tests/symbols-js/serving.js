// The answers of a node that holds a set.
import { contentType, countIn, encodeBody, idsFromText } from "./body.js";
import { servedCells } from "./record-set.js";

const CODING = /-{1,2}(gzip|br|deflate|zstd)"$/;
const NOTHING = Buffer.alloc(0);
const FOR_ALL = { "access-control-allow-origin": "*", "cache-control": "no-cache", "access-control-expose-headers": "ETag" };

/**
 * The answer to a request: `{ kind, status, headers, body }`; undefined if it is for none of this node's paths.
 * The kind is `"symbols"`, `"json"`, `"records"`, `"unchanged"`, `"preflight"` or `"bad"`.
 */
export function answerTo({ method, url, headers }, { set, taskId, collection }) {
  const { pathname, searchParams } = new URL(url, "http://localhost");
  const [what, ...rest] = [`/task/${encodeURIComponent(taskId)}`, ""]
    .map((base) => `${base}/${encodeURIComponent(collection)}/`)
    .filter((base) => pathname.startsWith(base))
    .map((base) => pathname.slice(base.length));
  const answers = { all, symbols, records };
  if (rest.length > 0 || !Object.hasOwn(answers, what ?? "") || !["GET", "HEAD", "OPTIONS"].includes(method)) return undefined;
  if (method === "OPTIONS") return preflight(headers);
  const answer = answers[what]({ set, collection, headers, searchParams });
  const whole = { ...answer, headers: { ...FOR_ALL, ...answer.headers } };
  return method === "HEAD" ? { ...whole, body: NOTHING } : whole;
}

function preflight(headers) {
  return {
    kind: "preflight",
    status: 204,
    headers: {
      "access-control-allow-origin": "*",
      "access-control-allow-methods": "GET, HEAD, OPTIONS",
      "access-control-allow-headers": headers["access-control-request-headers"] ?? "if-none-match, cache-control",
    },
    body: NOTHING,
  };
}

/** All records, or the first cells of view 0. */
function all({ set, collection, headers }) {
  const count = countIn(headers.accept);
  const [jsonTag, symbolsTag] = [`"1-${set.digest}"`, `"1s-${set.digest}"`];
  const own = count === undefined ? [jsonTag] : [jsonTag, symbolsTag];
  const varying = { vary: "accept", etag: `W/${own.at(-1)}` };
  if (isListed(headers["if-none-match"], own)) return { kind: "unchanged", status: 304, headers: varying, body: NOTHING };
  const answer = count === undefined ? list(set.records, collection) : cells(set, { view: 0, from: 0, count });
  return { ...answer, headers: { ...answer.headers, ...varying } };
}

/** Whether a condition names one of these tags, weakly compared and whatever coding a proxy has added. */
function isListed(condition = "", tags) {
  if (condition.trim() === "*") return true;
  return (condition.match(/"[^"]*"/g) ?? []).some((tag) => tags.includes(tag) || tags.includes(tag.replace(CODING, '"')));
}

function list(records, collection, kind = "json") {
  const items = records.map((record) => ({ key: `${collection}:${record.publicKey}`, value: record }));
  const body = Buffer.from(JSON.stringify(items));
  return { kind, status: 200, headers: { "content-type": "application/json; charset=utf-8" }, body };
}

function cells(set, { view, from, count }) {
  const served = Math.min(count, servedCells(set.size) - from);
  const body = encodeBody(set, { view, from, count: served });
  const headers = { "content-type": contentType(set.identity), etag: `W/"1s-${set.digest}"` };
  return { kind: "symbols", status: 200, headers, body };
}

function symbols({ set, searchParams }) {
  const [view, from, count] = ["view", "from", "count"].map((name) => decimal(searchParams.get(name)));
  const isGood = view <= 1 && from < servedCells(set.size) && count >= 1 && count <= 2_048;
  return isGood ? cells(set, { view, from, count }) : bad("wanted view=0|1, from and count");
}

const decimal = (text) => (/^\d+$/.test(text ?? "") ? Number(text) : Number.NaN);

function records({ set, collection, searchParams }) {
  const ids = idsFromText(searchParams.get("ids") ?? "");
  if (ids === undefined) return bad("wanted ids");
  const found = ids.flatMap((k) => set.ofId(k)).map(({ record }) => record);
  return list(found, collection, "records");
}

function bad(message) {
  const body = Buffer.from(JSON.stringify({ code: "BAD_QUERY", message }));
  return { kind: "bad", status: 400, headers: { "content-type": "application/json; charset=utf-8" }, body };
}
