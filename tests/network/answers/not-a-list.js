// Bodies and statuses that are not a list of records.

import { sendJson } from "../server.js";

const PAGE = "<!DOCTYPE html><html><head><title>502 Bad Gateway</title></head><body><h1>502</h1></body></html>";

const empty = { outcome: "empty", requests: 1, keeps: "none" };
const failed = (code, httpStatus = 200) => ({ outcome: "failed", code, httpStatus, keeps: "none" });
const always = (body, options) => (response) => sendJson(response, body, options);

export const notAListAnswers = {
  "empty-list": {
    says: "holds nothing: []",
    expected: empty,
    answer: always([]),
  },
  "empty-list-as-html": {
    says: "sends the text [] as text/html",
    expected: empty,
    answer: always("[]", { type: "text/html; charset=utf-8" }),
  },
  "no-list-at-all": {
    says: "answers /all and /list with 404 and text, as a peer without records does",
    expected: { outcome: "empty", requests: 2, keeps: "none" },
    answer: always("Cannot GET this", { status: 404, type: "text/plain" }),
  },
  null: {
    says: "answers null",
    expected: failed("BAD_BODY"),
    answer: always("null"),
  },
  "list-as-json-string": {
    says: 'answers the JSON string "[]", as a model that returns text does',
    expected: failed("BAD_BODY"),
    answer: always('"[]"'),
  },
  message: {
    says: "answers 200 with { message }",
    expected: failed("BAD_BODY"),
    answer: always({ message: "Server is running" }),
  },
  "error-500": {
    says: "answers 500 with { error }",
    expected: failed("PEER_STATUS", 500),
    answer: always({ error: "Error: Database is not open" }, { status: 500 }),
  },
  html: {
    says: "answers 200 with a page",
    expected: failed("BAD_BODY"),
    answer: always(PAGE, { type: "text/html" }),
  },
  "stopped-task": {
    says: "answers 422, as a node does whose task is stopped",
    expected: failed("PEER_STOPPED", 422),
    answer: always("Task not running", { status: 422, type: "text/plain" }),
  },
  "too-large": {
    says: "answers 413, as the proxy does",
    expected: failed("PEER_STATUS", 413),
    answer: always("Payload Too Large", { status: 413, type: "text/plain" }),
  },
  "bad-gateway": {
    says: "answers 502 with a page",
    expected: failed("PEER_STATUS", 502),
    answer: always(PAGE, { status: 502, type: "text/html" }),
  },
  "redirect-301": {
    says: "redirects with 301 to a good list",
    expected: failed("PEER_REDIRECTED", 301),
    answer: redirect(301),
  },
  "redirect-302": {
    says: "redirects with 302 to a good list",
    expected: failed("PEER_REDIRECTED", 302),
    answer: redirect(302),
  },
  "empty-body": {
    says: "answers 200 with no body",
    expected: failed("BAD_BODY"),
    answer: always(""),
  },
  "no-content": {
    says: "answers 204",
    expected: failed("BAD_BODY", 204),
    answer: (response) => response.writeHead(204).end(),
  },
};

function redirect(status) {
  return (response, { request, list, items }) => {
    if (list === "elsewhere") return sendJson(response, items);
    return response.writeHead(status, { location: request.url.replace(/\w+$/, "elsewhere") }).end();
  };
}
