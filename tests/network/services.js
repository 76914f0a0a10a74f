// The services that list a task's nodes: what each kind answers, and what a report must say about it.

import { sendJson, serve } from "./server.js";

const nodes = (urls) =>
  urls.map((url) => ({
    data: { url, timestamp: Date.now() },
    signature: "unsigned",
    owner: "nobody",
    taskId: "any",
  }));
const stakingKey = (number) => `StakingKeyOfNode${String.fromCharCode("A".charCodeAt(0) + number)}`.padEnd(44, "1");
const failed = (code) => ({ ok: false, code, asks: "none" });
const always = (body, options) => (response) => sendJson(response, body, options);

const services = {
  good: {
    says: "lists its nodes as real services do",
    expected: { ok: true, asks: "all" },
    answer: (response, { urls }) => sendJson(response, nodes(urls)),
  },
  "odd-entries": {
    says: "lists its nodes among null, numbers, entries without data or url, http://null, other schemes and duplicates",
    expected: { ok: true, asks: "all" },
    answer: (response, { urls, taskId }) => sendJson(response, oddEntries(urls, taskId)),
  },
  thousands: {
    says: "lists its nodes and 5 000 entries that are not nodes",
    expected: { ok: true, asks: "all" },
    answer: (response, { urls }) => sendJson(response, [...Array(5000).fill({ data: {} }), ...nodes(urls)]),
  },
  "object-of-urls": {
    says: "answers { stakingKey: url }, the second source of newer tasks",
    expected: { ok: true, asks: "all" },
    answer: (response, { urls }) => sendJson(response, Object.fromEntries(urls.map((url, index) => [stakingKey(index), url]))),
  },
  "empty-list": { says: "lists no node", expected: { ok: true, asks: "none" }, answer: always([]) },
  "empty-list-as-html": {
    says: "sends the text [] as text/html",
    expected: { ok: true, asks: "none" },
    answer: always("[]", { type: "text/html" }),
  },
  null: { says: "answers null", expected: failed("SERVICE_BAD_BODY"), answer: always("null") },
  message: {
    says: "answers { message }",
    expected: failed("SERVICE_BAD_BODY"),
    answer: always({ message: "No nodes" }),
  },
  html: {
    says: "answers a page",
    expected: failed("SERVICE_BAD_BODY"),
    answer: always("<html></html>", { type: "text/html" }),
  },
  "error-500": {
    says: "answers 500 with { error }",
    expected: failed("SERVICE_STATUS"),
    answer: always({ error: "Internal" }, { status: 500 }),
  },
  "not-found": {
    says: "answers 404",
    expected: failed("SERVICE_STATUS"),
    answer: always("Cannot GET", { status: 404 }),
  },
  hangs: { says: "never answers", expected: failed("SERVICE_UNREACHABLE"), answer() {} },
};

/** Every kind of service: `{ [kind]: { says, expected } }`; `asks`: whether "all" or "none" of its nodes are asked. */
export const serviceKinds = Object.fromEntries(
  Object.entries(services).map(([kind, { says, expected }]) => [kind, { says, expected }]),
);

/** Starts one service of a kind, which knows the nodes at `urls`. */
export async function startService(kind, { taskId, urls }) {
  if (!services[kind])
    throw new TypeError(`no kind of service is called ${kind}; there are ${Object.keys(services).join(", ")}`);
  return serve((request, response) => {
    if (request.url !== `/nodes/${taskId}`) return response.writeHead(404).end("Cannot GET this");
    services[kind].answer(response, { urls, taskId });
  });
}

function oddEntries(urls, taskId) {
  const spellings = urls.flatMap((url) => [
    url,
    `${url}/`,
    `${url}/task/${taskId}`,
    `${url}/task/${taskId}/`,
    url.toUpperCase(),
  ]);
  return [
    null,
    7,
    "text",
    [],
    {},
    { data: null },
    { data: {} },
    { data: { url: null } },
    { data: { url: "" } },
    { data: { url: 7 } },
    ...nodes(["http://null", "no-scheme.example.invalid", "ftp://127.0.0.1/", "javascript:alert(1)", "http://", "undefined"]),
    ...nodes(spellings),
  ];
}
