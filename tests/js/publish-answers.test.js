// publish: what each answer of a server means, and a server that does not answer.
import assert from "node:assert/strict";
import { test } from "node:test";
import { sendJson } from "../network/server.js";
import { record } from "./fixtures/records.js";
import { letPass, peerTimeoutMs } from "./fixtures/shifted-clock.js";
import { inWorld, until } from "./fixtures/world.js";

const one = record("a");

const outcome = ({ ok, stored, code, why }) => [ok, stored, code ?? why];

const html = "<!doctype html><html><head><title>502 Bad Gateway</title></head><body><h1>502</h1>\u001b[2Jnginx</body></html>";
const answers = {
  "200 with a text": [(response) => response.end("ok"), [true, true, undefined]],
  "200 with JSON": [(response) => sendJson(response, { message: "registered" }), [true, true, undefined]],
  "201 without a body": [(response) => response.writeHead(201).end(), [true, true, undefined]],
  204: [(response) => response.writeHead(204).end(), [true, true, undefined]],
  "200 with ok: false": [
    (response) => sendJson(response, { ok: false, message: "full" }),
    [false, false, "PEER_STATUS"],
    /200: full/,
  ],
  "200 with ok: false and a code": [
    (response) => sendJson(response, { ok: false, code: "STORE_FULL", message: "full" }),
    [false, false, "STORE_FULL"],
    /^full$/,
  ],
  "200 with success: false": [
    (response) => sendJson(response, { success: false, message: "full" }),
    [false, false, "PEER_STATUS"],
    /200: full/,
  ],
  "200 with stored: false": [(response) => sendJson(response, { stored: false }), [false, false, "PEER_STATUS"]],
  "200 with an error": [
    (response) => sendJson(response, { error: "Invalid signature" }),
    [false, false, "PEER_STATUS"],
    /200: Invalid signature/,
  ],
  "200 with an error that is an object": [
    (response) => sendJson(response, { error: { reason: "\u202efull".repeat(500) } }),
    [false, false, "PEER_STATUS"],
    /^.{20,350}$/,
  ],
  "200 with no error": [(response) => sendJson(response, { error: null, message: "registered" }), [true, true, undefined]],
  "200 with success and an error text": [
    (response) => sendJson(response, { success: true, error: "none" }),
    [true, true, undefined],
  ],
  "200 with a page": [
    (response) => response.end(`\ufeff\n${html}`),
    [false, false, "PEER_STATUS"],
    /status 200 and a page: 502 Bad Gateway/,
  ],
  "200 with a long page of markup": [
    (response) => response.end(`<p>${"x".repeat(20_000)}`),
    [false, false, "PEER_STATUS"],
    /^.{20,350}$/,
  ],
  "200 with a list": [(response) => sendJson(response, []), [true, true, undefined]],
  "200 with another key and version": [
    (response) => sendJson(response, { ok: true, stored: true, key: "x", version: "y" }),
    [true, true, undefined],
  ],
  "400 with a code": [
    (response) => sendJson(response, { ok: false, code: "NOT_ACCEPTED", message: "no" }, { status: 400 }),
    [false, false, "NOT_ACCEPTED"],
    /^no$/,
  ],
  "400 with an error": [
    (response) => sendJson(response, { error: "Invalid signature" }, { status: 400 }),
    [false, false, "PEER_STATUS"],
    /400: Invalid signature/,
  ],
  "400 with an invalid code": [
    (response) => sendJson(response, { ok: false, code: { toString: 1 } }, { status: 400 }),
    [false, false, "PEER_STATUS"],
  ],
  404: [
    (response) => response.writeHead(404).end("Cannot POST"),
    [false, false, "PEER_STATUS"],
    /404, so it does not accept writes here: Cannot POST/,
  ],
  "409 from another kind of server": [
    (response) => sendJson(response, { error: "username taken" }, { status: 409 }),
    [false, false, "PEER_STATUS"],
    /username taken/,
  ],
  "409 with an invalid version": [
    (response) => sendJson(response, { ok: true, stored: false, heldVersion: "\u001b[2J" }, { status: 409 }),
    [true, false, "STALE"],
  ],
  422: [(response) => response.writeHead(422).end(), [false, false, "PEER_STOPPED"], /stopped/],
  429: [
    (response) => sendJson(response, { ok: false, code: "TOO_BUSY", message: "later" }, { status: 429 }),
    [false, false, "TOO_BUSY"],
  ],
  "502 with a page": [
    (response) => response.writeHead(502).end(html),
    [false, false, "PEER_STATUS"],
    /502: 502 Bad Gateway 502 .*nginx$/,
  ],
  302: [
    (response) => response.writeHead(302, { location: "http://elsewhere.example/" }).end(),
    [false, false, "PEER_REDIRECTED"],
    /http:\/\/elsewhere\.example/,
  ],
  "308 to itself": [(response, { url }) => response.writeHead(308, { location: url }).end(), [false, false, "PEER_REDIRECTED"]],
  "a long page with 500": [(response) => response.writeHead(500).end("x".repeat(200_000)), [false, false, "PEER_STATUS"]],
  "a long page with 200": [
    (response) => response.end("x".repeat(200_000)),
    [false, false, "BODY_TOO_LARGE"],
    /65536 bytes; it may have stored/,
  ],
  "200 that breaks off": [
    (response) => response.writeHead(200, { "content-length": 50 }).write("x", () => response.destroy()),
    [false, false, "BODY_CUT"],
    /may have stored/,
  ],
  "no answer": [(response) => response.destroy(), [false, false, "PEER_UNREACHABLE"]],
};

for (const [what, [answer, wanted, words]] of Object.entries(answers)) {
  test(
    `${what} leads to ${wanted[2] ?? "a stored record"}`,
    inWorld(async (world) => {
      const server = await world.server((request, response) => answer(response, request));
      const [result, ...more] = await world.sharing().publish(one, { to: server.url });
      assert.deepEqual([outcome(result), more, result.url], [wanted, [], server.url]);
      assert.equal(result.signedText, JSON.stringify(one.data));
      if (words) assert.match(result.message, words);
      assert.ok(!Object.values(result).some((value) => String(value).includes("\u001b")));
      if (result.ok) assert.deepEqual([result.uuid, JSON.parse(result.text)], ["a", one]);
    }),
  );
}

for (const [what, answer] of Object.entries({
  hangs: () => {},
  "never ends its answer": (response) => response.writeHead(200).write("x"),
})) {
  test(
    `a node that ${what} is PEER_TIMEOUT after peerTimeoutMs`,
    inWorld(async (world) => {
      const server = await world.server((_, response) => answer(response));
      const publishing = world.sharing().publish(one, { to: server.url });
      await until(() => server.requests.length > 0);
      letPass(peerTimeoutMs);
      assert.deepEqual((await publishing).map(outcome), [[false, false, "PEER_TIMEOUT"]]);
    }),
  );
}
