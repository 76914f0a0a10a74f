// nodeFetch over real sockets: what it sends, what it returns, and what no peer can do to it.
import assert from "node:assert/strict";
import http from "node:http";
import https from "node:https";
import { test } from "node:test";
import zlib from "node:zlib";
import { nodeFetch } from "../../js/http.js";
import { deadUrl } from "../network/free-port.js";
import { serve } from "../network/server.js";
import { cert, servedSecurely } from "./fixtures/certificate.js";
import { serveRaw } from "./fixtures/raw-server.js";

const fetch = nodeFetch();

async function served(t, answer) {
  const server = await serve(answer);
  t.after(() => server.close());
  return server;
}

async function servedRaw(t, answer, host) {
  const server = await serveRaw(answer, host);
  t.after(() => server.close());
  return server;
}

const closeOf = (socket) => new Promise((resolve) => socket.once("close", resolve));

/** No test may cause an event of the process. */
const events = [];
for (const name of ["uncaughtException", "unhandledRejection", "warning"]) process.on(name, (event) => events.push(event));
test.after(() => assert.deepEqual(events, []));

test("a GET asks for the codings that it can decode, and resolves with the same as a Response", async (t) => {
  const server = await served(t, (_, response) =>
    response.writeHead(200, { etag: 'W/"1"', "set-cookie": ["a", "b"] }).end("[1]"),
  );
  const response = await fetch(`${server.url}/list?a=b`, { headers: { "If-None-Match": '"x"' } });
  const { status, statusText, ok, type, url, mayPause } = response;
  assert.deepEqual(
    { status, statusText, ok, type, url, mayPause },
    {
      status: 200,
      statusText: "OK",
      ok: true,
      type: "basic",
      url: `${server.url}/list?a=b`,
      mayPause: true,
    },
  );
  assert.equal(response.headers.get("ETag"), 'W/"1"');
  assert.equal(response.headers.get("set-cookie"), "a, b");
  assert.equal(response.headers.get("absent"), null);
  assert.deepEqual(await response.json(), [1]);
  const [{ path, headers }] = server.requests;
  assert.equal(path, "/list?a=b");
  assert.equal(headers["if-none-match"], '"x"');
  assert.equal(headers["accept-encoding"], "gzip, deflate, br");
});

test("a POST sends a string or bytes with their length", async (t) => {
  const bodies = [];
  const server = await served(t, async (request, response) => {
    let text = "";
    for await (const piece of request) text += piece;
    bodies.push([request.method, request.headers["content-length"], text]);
    response.end();
  });
  await (await fetch(server.url, { method: "POST", body: "ä" })).text();
  await (await fetch(server.url, { method: "POST", body: new Uint8Array([65, 66]) })).text();
  assert.deepEqual(bodies, [
    ["POST", "2", "ä"],
    ["POST", "2", "AB"],
  ]);
});

test("a redirect is returned, not followed", async (t) => {
  const server = await served(t, (_, response) => response.writeHead(302, { location: "http://127.0.0.1:1/" }).end());
  const response = await fetch(server.url, { redirect: "manual" });
  assert.deepEqual([response.status, response.headers.get("location")], [302, "http://127.0.0.1:1/"]);
  await response.body.cancel();
});

test("204 and 304 have no body, and free their connection", async (t) => {
  const server = await served(t, (request, response) => response.writeHead(Number(request.url.slice(1))).end());
  for (const status of [204, 304, 204, 304]) {
    const response = await fetch(`${server.url}/${status}`);
    assert.deepEqual([response.status, response.body, await response.text()], [status, null, ""]);
  }
});

const plain = "text ".repeat(50_000);
const codings = {
  gzip: zlib.gzipSync(plain),
  "X-Gzip": zlib.gzipSync(plain),
  deflate: zlib.deflateSync(plain),
  " deflate ,identity": zlib.deflateRawSync(plain),
  br: zlib.brotliCompressSync(plain),
  "gzip, br": zlib.brotliCompressSync(zlib.gzipSync(plain)),
  identity: Buffer.from(plain),
};

for (const [coding, bytes] of Object.entries(codings)) {
  test(`a body of coding ${coding} is decoded, whether it comes at once or byte by byte`, async (t) => {
    const server = await served(t, (request, response) => {
      response.writeHead(200, { "content-encoding": coding });
      if (request.url === "/whole") return response.end(bytes);
      response.write(bytes.subarray(0, 1));
      response.write(bytes.subarray(1, 2));
      response.end(bytes.subarray(2));
    });
    for (const path of ["/whole", "/pieces"]) assert.equal(await (await fetch(server.url + path)).text(), plain);
  });
}

test("an empty body is empty in every coding", async (t) => {
  const server = await served(t, (request, response) =>
    response.writeHead(200, { "content-encoding": request.url.slice(1) }).end(),
  );
  for (const coding of ["gzip", "deflate", "br"]) assert.equal(await (await fetch(`${server.url}/${coding}`)).text(), "");
});

test("zeros may follow a gzip body as padding, and nothing else may", async (t) => {
  const server = await served(t, (request, response) => {
    const rest = request.url === "/zeros" ? Buffer.alloc(100) : Buffer.from("rest");
    response.writeHead(200, { "content-encoding": "gzip" }).end(Buffer.concat([zlib.gzipSync("whole"), rest]));
  });
  assert.equal(await (await fetch(`${server.url}/zeros`)).text(), "whole");
  await assert.rejects(async () => (await fetch(`${server.url}/other`)).text(), { code: "Z_DATA_ERROR" });
});

const broken = {
  "gzip that is cut": ["gzip", zlib.gzipSync(plain).subarray(0, 200)],
  "deflate that is cut": ["deflate", zlib.deflateSync(plain).subarray(0, 200)],
  "br that is cut": ["br", zlib.brotliCompressSync(plain).subarray(0, -3)],
  "text that is not gzip": ["gzip", Buffer.from("no gzip at all")],
  "bytes that are not br": ["br", Buffer.alloc(100, 0xff)],
  "text that is not gzip within gzip": ["gzip, gzip", zlib.gzipSync("no gzip at all")],
};

for (const [name, [coding, bytes]] of Object.entries(broken)) {
  test(`a broken compressed body is an error that says so: ${name}`, async (t) => {
    const server = await served(t, (_, response) => response.writeHead(200, { "content-encoding": coding }).end(bytes));
    await assert.rejects(async () => (await fetch(server.url)).text(), /127\.0\.0\.1.*: its compressed body is broken: /);
  });
}

test("unknown codings are refused with a sentence, and free their connection", async (t) => {
  const server = await served(t, (request, response) => {
    response.writeHead(200, { "content-encoding": request.url === "/many" ? "gzip, gzip, gzip, gzip, gzip, gzip" : "zstd" });
    response.write("never ended");
  });
  await assert.rejects(fetch(`${server.url}/many`), /compressed 6 times; wanted at most 2/);
  await assert.rejects(fetch(`${server.url}/unknown`), /its body is compressed as "zstd"; wanted gzip, deflate or br/);
});

const HEAD = "HTTP/1.1 200 OK\r\n";
const endings = {
  "a length, then FIN": (socket) => socket.end(`${HEAD}content-length: 5\r\n\r\nwhole`),
  "a length, then RST": (socket) => socket.write(`${HEAD}content-length: 5\r\n\r\nwhole`, () => socket.resetAndDestroy()),
  "a length and close, then FIN": (socket) => socket.end(`${HEAD}connection: close\r\ncontent-length: 5\r\n\r\nwhole`),
  "chunks, then FIN": (socket) => socket.end(`${HEAD}transfer-encoding: chunked\r\n\r\n5\r\nwhole\r\n0\r\n\r\n`),
  "no length, then FIN": (socket) => socket.end(`${HEAD}\r\nwhole`),
  "HTTP/1.0": (socket) => socket.end("HTTP/1.0 200 OK\r\n\r\nwhole"),
  "after 100 and 103": (socket) =>
    socket.end(`HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nlink: a\r\n\r\n${HEAD}content-length: 5\r\n\r\nwhole`),
};

for (const [name, answer] of Object.entries(endings)) {
  test(`a body that arrived whole counts as whole: ${name}`, async (t) => {
    const server = await servedRaw(t, answer);
    for (let time = 0; time < 10; time += 1) assert.equal(await (await fetch(server.url)).text(), "whole");
  });
}

test("a whole body that was not read yet survives a reset", async (t) => {
  const bytes = Buffer.alloc(10_000, "x");
  let reset;
  const server = await servedRaw(t, (socket) => {
    reset = closeOf(socket);
    socket.write(`${HEAD}content-length: ${bytes.length}\r\n\r\n`);
    socket.write(bytes, () => setImmediate(() => socket.resetAndDestroy()));
  });
  const response = await fetch(server.url);
  await reset;
  for (let turn = 0; turn < 20; turn += 1) await new Promise(setImmediate);
  assert.equal((await response.text()).length, bytes.length);
});

test("an answer counts even if the server did not read the request's body", async (t) => {
  const server = await servedRaw(t, (socket) => {
    socket.pause();
    socket.end("HTTP/1.1 413 Payload Too Large\r\ncontent-length: 5\r\nconnection: close\r\n\r\nlarge");
  });
  const response = await fetch(server.url, { method: "POST", body: "x".repeat(100_000) });
  assert.deepEqual([response.status, await response.text()], [413, "large"]);
});

const cuts = {
  "a length, then FIN": (socket) => socket.end(`${HEAD}content-length: 9\r\n\r\nwhole`),
  "a length, then RST": (socket) => socket.write(`${HEAD}content-length: 9\r\n\r\nwhole`, () => socket.resetAndDestroy()),
  "chunks without an end": (socket) => socket.end(`${HEAD}transfer-encoding: chunked\r\n\r\n5\r\nwhole\r\n`),
  "an invalid chunk": (socket) => socket.end(`${HEAD}transfer-encoding: chunked\r\n\r\nxyz\r\nwhole\r\n`),
};

for (const [name, answer] of Object.entries(cuts)) {
  test(`a body that is cut is an error: ${name}`, async (t) => {
    const server = await servedRaw(t, answer);
    await assert.rejects(async () => (await fetch(server.url)).text(), {
      message: new RegExp(`^http://127.0.0.1:${server.port}: `),
    });
  });
}

const heads = {
  "text that is not HTTP": "hello\r\n\r\n",
  "HTTP/0.9": "<html>",
  "two lengths": `${HEAD}content-length: 1\r\ncontent-length: 2\r\n\r\nab`,
  "a length and chunks": `${HEAD}content-length: 1\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n`,
  "a header without end": `${HEAD}x: ${"y".repeat(100_000)}\r\n\r\n`,
  "a control character in a header": `${HEAD}x: a\0b\r\n\r\n`,
  "an upgrade": "HTTP/1.1 101 Switching Protocols\r\nconnection: upgrade\r\nupgrade: websocket\r\n\r\n",
  nothing: "",
};

for (const [name, head] of Object.entries(heads)) {
  test(`an invalid answer is an error with a sentence: ${name}`, async (t) => {
    const server = await servedRaw(t, (socket) => socket.end(head, "latin1"));
    await assert.rejects(fetch(server.url), { message: new RegExp(`^http://127.0.0.1:${server.port}: `) });
  });
}

test("a reader may pause for as long as it likes while the peer closes", async (t) => {
  const bytes = Buffer.alloc(64_000_000, "x"); // more than the system's buffers can hold
  const server = await servedRaw(t, (socket) => {
    socket.write(`${HEAD}connection: close\r\ncontent-length: ${bytes.length}\r\n\r\n`);
    socket.end(bytes);
  });
  const { body } = await fetch(server.url);
  const pieces = body[Symbol.asyncIterator]();
  let read = (await pieces.next()).value.length;
  assert.ok(server.sockets[0].writableLength > 0, "the peer waits for its reader");
  for (let { done, value } = await pieces.next(); !done; { done, value } = await pieces.next()) {
    read += value.length;
    await new Promise(setImmediate);
  }
  assert.equal(read, bytes.length);
});

test("a cancelled body frees its connection, even while a piece is awaited", async (t) => {
  const closed = [];
  const server = await servedRaw(t, (socket, number) => {
    closed[number] = closeOf(socket);
    socket.write(`${HEAD}content-length: 100\r\n\r\nabc`);
  });
  const unread = await fetch(server.url);
  await unread.body.cancel();
  await closed[0];
  const half = await fetch(server.url);
  const pieces = half.body[Symbol.asyncIterator]();
  await pieces.next();
  const waiting = pieces.next();
  await half.body.cancel();
  assert.equal((await waiting).done, true);
  await closed[1];
});

test("a signal ends the wait for a connection, for a head and for a body, with its reason", async (t) => {
  const why = new Error("enough");
  const server = await servedRaw(t, (socket, _, request) => {
    if (request.includes("/body")) socket.write(`${HEAD}content-length: 100\r\n\r\nabc`);
    server.asked();
  });
  for (const path of ["/head", "/body"]) {
    const controller = new AbortController();
    server.sockets.length = 0;
    const asked = new Promise((resolve) => (server.asked = resolve));
    const answered = fetch(server.url + path, { signal: controller.signal }).then((response) => response.text());
    await asked;
    const closed = closeOf(server.sockets[0]);
    controller.abort(why);
    await assert.rejects(answered, (error) => error === why);
    await closed;
  }
  await assert.rejects(fetch(server.url, { signal: AbortSignal.abort(why) }), (error) => error === why);
});

test("an idle connection is used again, and one that the peer has closed is replaced", async (t) => {
  let connections = 0;
  const server = await servedRaw(t, (socket, number) => {
    connections = Math.max(connections, number + 1);
    const isSecondRequest = socket.wasAsked === true;
    socket.wasAsked = true;
    if (isSecondRequest && number === 0) socket.resetAndDestroy();
    else socket.write(`${HEAD}content-length: 2\r\n\r\n${number} `);
  });
  const text = async (init) => (await fetch(server.url, init)).text();
  assert.equal(await text(), "0 ");
  await new Promise(setImmediate); // the connection is free in the next turn
  assert.equal(await text(), "1 ");
  assert.equal(connections, 2);
});

test("a request that may have been carried out is not sent twice", async (t) => {
  const server = await servedRaw(t, (socket, _, request) => {
    if (request.startsWith("POST")) socket.resetAndDestroy();
    else socket.write(`${HEAD}content-length: 2\r\n\r\nok`);
  });
  await (await fetch(server.url)).text();
  await new Promise(setImmediate);
  await assert.rejects(fetch(server.url, { method: "POST", body: "x" }), { code: "ECONNRESET" });
  assert.equal(server.sockets.length, 1);
});

test("at most 16 requests to one host run at a time, and the others follow", async (t) => {
  const MOST = 16;
  const held = [];
  let most = 0;
  const server = await served(t, async (_, response) => {
    held.push(response);
    if (held.length < MOST) return;
    for (let turn = 0; turn < 100; turn += 1) await new Promise(setImmediate); // further requests would come in this time
    most = Math.max(most, held.length);
    for (const waiting of held.splice(0)) waiting.end("x");
  });
  const all = await Promise.all(Array.from({ length: 6 * MOST }, async () => (await fetch(server.url)).text()));
  assert.equal(all.join(""), "x".repeat(6 * MOST));
  assert.equal(most, MOST);
});

test("a body over the limit is refused before it is held", async (t) => {
  const server = await served(t, (_, response) =>
    response.writeHead(200, { "content-encoding": "gzip" }).end(zlib.gzipSync("x".repeat(1_000_000))),
  );
  const response = await fetch(server.url);
  await assert.rejects(response.text({ maxBytes: 1000 }), { code: "BODY_TOO_LARGE" });
});

test("a failed connection is reported with address, port and code", async () => {
  const url = await deadUrl();
  await assert.rejects(fetch(url), { code: "ECONNREFUSED", message: `${url}: no connection to ${url.slice(7)} ECONNREFUSED` });
  const { port } = new URL(url);
  await assert.rejects(fetch(`http://localhost:${port}`), {
    message: `http://localhost:${port}: no connection to 127.0.0.1:${port} ECONNREFUSED, [::1]:${port} ECONNREFUSED`,
  });
});

test("wrong options and urls are refused with a sentence", async () => {
  assert.throws(() => nodeFetch({ lookup: 7 }), {
    code: "OPTION_INVALID",
    message: "option lookup is 7; wanted a function like dns.lookup",
  });
  assert.throws(() => nodeFetch({ lookups() {} }), { code: "OPTION_INVALID", message: /did you mean lookup/ });
  assert.throws(() => nodeFetch({ agent: {} }), { code: "OPTION_INVALID" });
  assert.throws(() => nodeFetch({ ca: [7] }), { code: "OPTION_INVALID" });
  await assert.rejects(fetch("ftp://127.0.0.1/"), { code: "OPTION_INVALID", message: /wanted http: or https:/ });
  await assert.rejects(fetch("nothing"), { code: "ERR_INVALID_URL" });
});

test("a certificate of an unknown authority is refused, and accepted with ca", async (t) => {
  const port = await servedSecurely(t);
  await assert.rejects(fetch(`https://127.0.0.1:${port}/`), {
    code: "DEPTH_ZERO_SELF_SIGNED_CERT",
    message: `https://127.0.0.1:${port}: its certificate is signed by an unknown authority; wanted a known one, or its certificate in nodeFetch({ ca }) (DEPTH_ZERO_SELF_SIGNED_CERT)`,
  });
  const trusting = nodeFetch({ ca: cert });
  for (const host of ["127.0.0.1", "localhost"])
    assert.equal(await (await trusting(`https://${host}:${port}/`)).text(), "secret");
});

test("a certificate of another name is refused", async (t) => {
  const port = await servedSecurely(t);
  const lookup = (name, options, callback) => callback(null, [{ address: "127.0.0.1", family: 4 }]);
  const trusting = nodeFetch({ ca: cert, lookup, allowPrivateNetworks: true });
  assert.equal(await (await trusting(`https://peer.example:${port}/`)).text(), "secret");
  await assert.rejects(trusting(`https://other.example:${port}/`), {
    code: "ERR_TLS_CERT_ALTNAME_INVALID",
    message: `https://other.example:${port} at 127.0.0.1:${port}: its certificate is for another name (ERR_TLS_CERT_ALTNAME_INVALID)`,
  });
});

test("a server without TLS is an error with a sentence", async (t) => {
  const server = await servedRaw(t, (socket) => socket.end("HTTP/1.1 400 Bad Request\r\n\r\n"));
  await assert.rejects(fetch(`https://127.0.0.1:${server.port}/`), {
    message: new RegExp(`^https://127.0.0.1:${server.port}: `),
  });
});

test("an agent of the task is used as it is", async (t) => {
  const server = await served(t, (_, response) => response.end("x"));
  const port = await servedSecurely(t);
  let asked = 0;
  class Counting extends http.Agent {
    addRequest(...given) {
      asked += 1;
      return super.addRequest(...given);
    }
  }
  const agent = new Counting();
  assert.equal(await (await nodeFetch({ agent })(server.url)).text(), "x");
  assert.equal(asked, 1);
  const secure = nodeFetch({ agent: () => new https.Agent({ ca: cert }) });
  assert.equal(await (await secure(`https://localhost:${port}/`)).text(), "secret");
});

test("a body that is neither text nor bytes is refused with a sentence, and init may be left out", async (t) => {
  const { url } = await served(t, (request, response) => request.pipe(response));
  await assert.rejects(fetch(url, { method: "POST", body: new URLSearchParams("a=b") }), {
    code: "OPTION_INVALID",
    message: /wanted a string or bytes/,
  });
  assert.equal(await (await fetch(url, { method: "POST", body: new TextEncoder().encode("hello").buffer })).text(), "hello");
  assert.equal((await fetch(url, null)).status, 200);
});

test("a body is read once, and the part before a cut is not returned as the rest", async (t) => {
  const { url } = await served(t, (_, response) => response.end("x".repeat(100_000)));
  const response = await fetch(url);
  await assert.rejects(response.text({ maxBytes: 10 }), { code: "BODY_TOO_LARGE" });
  await assert.rejects(response.text(), /was read before; it can be read once/);
});

test("after an abort unread bytes are not returned, compressed or not", async (t) => {
  const whole = Buffer.alloc(5_000_000, "x");
  const { url } = await served(t, (_, response) => response.setHeader("content-encoding", "gzip").end(zlib.gzipSync(whole)));
  const controller = new AbortController();
  const response = await fetch(url, { signal: controller.signal });
  let bytes = 0;
  await assert.rejects(
    async () => {
      for await (const piece of response.body) {
        bytes += piece.length;
        controller.abort(new Error("enough"));
      }
    },
    { message: "enough" },
  );
  assert.ok(bytes < whole.length);
});
