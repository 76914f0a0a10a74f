import assert from "node:assert/strict";
import { once } from "node:events";
import http from "node:http";
import net from "node:net";
import { test } from "node:test";

import express5 from "express";
import express4 from "express4";

import { nodeHandler } from "../../js/http.js";
import { createSharing, signRecord, verifyJson } from "../../js/index.js";
import { memoryStore } from "../../js/stores/memory.js";

const MIB = 1024 * 1024;
const RECORD = {
  data: { uuid: "a", linktree: [{ label: "é🙂", __proto: null }], timestamp: 1 },
  publicKey: "k",
  signature: "s",
};

// A sharing that answers GET /task/t/linktree/all and echoes POST /linktree; anything else is not its own.
function echoSharing(overrides = {}) {
  const seen = [];
  async function handle(request) {
    const { pathname } = new URL(request.url);
    seen.push({ method: request.method, pathname, headers: Object.fromEntries(request.headers) });
    if (pathname.endsWith("/linktree/all")) {
      return new Response("[1,2,3]", {
        headers: { "content-type": "application/json", etag: 'W/"1-a"', "content-length": "7" },
      });
    }
    if (pathname.endsWith("/linktree") && request.method === "POST") {
      return new Response(await request.text(), { status: 200, headers: { "x-echo": "yes" } });
    }
    return undefined;
  }
  return { handle, seen, ...overrides };
}

const HOSTS = {
  "node:http": (handler) => http.createServer(handler),
  "Express 4": (handler) => http.createServer(quiet(express4()).use(handler)),
  "Express 5": (handler) => http.createServer(quiet(express5()).use(handler)),
};

for (const [host, createServer] of Object.entries(HOSTS)) {
  test(`${host}: a GET is answered with status, headers and body`, async () => {
    const sharing = echoSharing();
    await withServer(createServer(nodeHandler(sharing)), async (url) => {
      const response = await fetch(`${url}/task/t/linktree/all?x=1`, { headers: { "if-none-match": 'W/"1-b"' } });
      assert.equal(response.status, 200);
      assert.equal(response.headers.get("etag"), 'W/"1-a"');
      assert.deepEqual(await response.json(), [1, 2, 3]);
      assert.equal(sharing.seen[0].headers["if-none-match"], 'W/"1-b"');
    });
  });

  test(`${host}: HEAD has the headers and no body`, async () => {
    await withServer(createServer(nodeHandler(echoSharing())), async (url) => {
      const answer = await rawExchange(url, "HEAD /task/t/linktree/all HTTP/1.1\r\nhost: a\r\nconnection: close\r\n\r\n");
      assert.match(answer, /^HTTP\/1\.1 200/);
      assert.match(answer, /content-length: 7/i);
      assert.ok(answer.endsWith("\r\n\r\n"));
    });
  });

  test(`${host}: an unread POST body is read`, async () => {
    await withServer(createServer(nodeHandler(echoSharing())), async (url) => {
      assert.deepEqual(await (await post(`${url}/linktree`, JSON.stringify(RECORD))).json(), RECORD);
    });
  });

  test(`${host}: a body of exactly 1 MiB passes, one of 2 MiB is answered 413`, async () => {
    await withServer(createServer(nodeHandler(echoSharing())), async (url) => {
      const fits = "x".repeat(MIB);
      assert.equal(await (await post(`${url}/linktree`, fits)).text(), fits);
      const refused = await post(`${url}/linktree`, "x".repeat(2 * MIB));
      assert.equal(refused.status, 413);
      assert.equal((await refused.json()).code, "TOO_LARGE");
      assert.equal((await post(`${url}/linktree`, "next")).status, 200);
    });
  });

  test(`${host}: a request that is not ours is answered 404, or by the next handler`, async () => {
    await withServer(createServer(nodeHandler(echoSharing())), async (url) => {
      for (const path of ["/", "/elsewhere", "//linktree/none", "/%zz"]) {
        const response = await fetch(url + path);
        await response.arrayBuffer();
        assert.equal(response.status, 404, path);
      }
    });
  });

  test(`${host}: an error of handle is answered 500 and affects nothing else`, async () => {
    let calls = 0;
    const sharing = {
      handle: () => ((calls += 1) === 1 ? Promise.reject(new Error("secret detail")) : new Response("fine")),
    };
    await withServer(createServer(nodeHandler(sharing)), async (url) => {
      const failed = await fetch(`${url}/a`);
      assert.equal(failed.status, 500);
      await failed.text();
      assert.equal(await (await fetch(`${url}/a`)).text(), "fine");
    });
  });
}

for (const [host, createServer] of Object.entries(HOSTS)) {
  test(`${host}: a real Sharing takes records and serves them, with and without a condition`, async () => {
    const sharing = createSharing({ taskId: "t", db: memoryStore(), acceptWrites: true });
    const record = signRecord({ uuid: "a", linktree: ["é🙂"], timestamp: 1 }, new Uint8Array(32).fill(1));
    await withServer(createServer(nodeHandler(sharing)), async (url) => {
      assert.equal((await post(`${url}/linktree`, JSON.stringify(record))).status, 200);
      assert.equal((await post(`${url}/linktree`, JSON.stringify({ payload: record }))).status, 200, "it is held");
      assert.equal((await post(`${url}/linktree`, "{}")).status, 400);
      assert.equal((await post(`${url}/linktree`, "x".repeat(2 * MIB))).status, 413);
      const response = await fetch(`${url}/task/t/linktree/all`);
      const body = await response.text();
      assert.deepEqual(
        verifyJson(body).map(({ ok, uuid }) => [ok, uuid]),
        [[true, "a"]],
      );
      const headers = { "if-none-match": response.headers.get("etag"), "cache-control": "max-age=0" };
      assert.equal((await fetch(`${url}/task/t/linktree/all`, { headers })).status, 304);
      assert.equal((await fetch(`${url}/linktree/list`, { method: "HEAD" })).status, 200);
      assert.equal((await fetch(`${url}/linktree/list`, { method: "OPTIONS" })).status, 204);
    });
  });
}

test("without next the 404 and the 500 are JSON and reveal no detail", async () => {
  const sharing = {
    handle: async (request) => (request.url.endsWith("/fails") ? Promise.reject(new Error("secret")) : undefined),
  };
  await withServer(http.createServer(nodeHandler(sharing)), async (url) => {
    assert.equal((await (await fetch(`${url}/none`)).json()).code, "NOT_FOUND");
    const failed = await (await fetch(`${url}/fails`)).text();
    assert.equal(JSON.parse(failed).code, "INTERNAL");
    assert.doesNotMatch(failed, /secret/);
  });
});

test("after an error before the first byte none of the answer's headers are sent", async () => {
  const sharing = {
    handle: async () => new Response(failingStream([]), { headers: { "content-length": "7", etag: "x" } }),
  };
  await withServer(http.createServer(nodeHandler(sharing)), async (url) => {
    const response = await fetch(url);
    assert.equal(response.status, 500);
    assert.equal(response.headers.get("etag"), null);
    assert.equal((await response.json()).code, "INTERNAL");
  });
});

test("an error in mid-body cuts the connection, so that the client notices", async () => {
  const sharing = { handle: async () => new Response(failingStream(["[1,"])) };
  await withServer(http.createServer(nodeHandler(sharing)), async (url) => {
    await assert.rejects(fetch(url).then((response) => response.text()));
  });
});

for (const [name, express, parser] of [
  ["Express 4 with express.json()", express4, express4.json()],
  ["Express 5 with express.json()", express5, express5.json()],
  ["Express 5 with express.text()", express5, express5.text({ type: "*/*" })],
  ["Express 5 with express.raw()", express5, express5.raw({ type: "*/*" })],
]) {
  test(`${name}: a body that a parser has consumed still arrives`, async () => {
    await withServer(http.createServer(express().use(parser, nodeHandler(echoSharing()))), async (url) => {
      const response = await post(`${url}/linktree`, JSON.stringify(RECORD));
      assert.deepEqual(await response.json(), RECORD);
    });
  });
}

test("the empty req.body that Express 4 sets for an unknown type does not hide the real body", async () => {
  await withServer(http.createServer(express4().use(express4.json(), nodeHandler(echoSharing()))), async (url) => {
    const response = await fetch(`${url}/linktree`, {
      method: "POST",
      body: "[1]",
      headers: { "content-type": "application/x-ndjson" },
    });
    assert.equal(await response.text(), "[1]");
  });
});

test("a request that goes to the next handler has its body unread", async () => {
  const app = express5().use(nodeHandler(echoSharing()), express5.json(), (req, res) => res.json({ got: req.body }));
  await withServer(http.createServer(app), async (url) => {
    assert.deepEqual(await (await post(`${url}/upload`, JSON.stringify(RECORD))).json(), { got: RECORD });
  });
});

test("a mounted router sees the whole path", async () => {
  const sharing = echoSharing();
  const app = express5().use("/task/:id", nodeHandler(sharing));
  await withServer(http.createServer(app), async (url) => {
    await (await fetch(`${url}/task/t/linktree/all`)).text();
    assert.equal(sharing.seen[0].pathname, "/task/t/linktree/all");
  });
});

test("a slow reader is waited for", async () => {
  let produced = 0;
  const body = new ReadableStream(
    {
      pull(controller) {
        produced += 1;
        if (produced > 1000) controller.close();
        else controller.enqueue(new Uint8Array(64 * 1024));
      },
    },
    { highWaterMark: 0 },
  );
  await withServer(http.createServer(nodeHandler({ handle: async () => new Response(body) })), async (url) => {
    const response = await fetch(url);
    const reader = response.body.getReader();
    await reader.read();
    await settled(() => produced);
    assert.ok(produced < 500, `${produced} of 1 000 chunks were produced for a reader that took one`);
    let bytes = 64 * 1024;
    for (let part = await reader.read(); !part.done; part = await reader.read()) bytes += part.value.length;
    assert.ok(bytes >= 1000 * 64 * 1024);
  });
});

test("a reader that leaves stops the answer and aborts the request", async () => {
  let cancelled;
  const wasCancelled = new Promise((resolve) => (cancelled = resolve));
  let signal;
  const body = new ReadableStream({
    pull: (controller) => controller.enqueue(new Uint8Array(64 * 1024)),
    cancel: () => cancelled(),
  });
  const handle = async (request) => {
    signal = request.signal;
    return new Response(body);
  };
  await withServer(http.createServer(nodeHandler({ handle })), async (url) => {
    const controller = new AbortController();
    const response = await fetch(url, { signal: controller.signal });
    await response.body.getReader().read();
    controller.abort();
    await wasCancelled;
    assert.equal(signal.aborted, true);
  });
});

test("a sender that leaves in mid-body does no harm", async () => {
  let failed;
  const hasFailed = new Promise((resolve) => (failed = resolve));
  const handle = async (request) => {
    if (request.method === "GET") return new Response("fine");
    await request.text().catch(failed);
    return new Response("");
  };
  await withServer(http.createServer(nodeHandler({ handle })), async (url) => {
    const socket = net.connect(new URL(url).port, "127.0.0.1");
    socket.write("POST /linktree HTTP/1.1\r\nhost: a\r\ncontent-length: 1000\r\n\r\nabc");
    await once(socket, "connect");
    socket.end();
    await hasFailed;
    assert.equal(await (await fetch(url)).text(), "fine");
  });
});

test("if handle stops in mid-body, its answer is sent and the connection serves the next request", async () => {
  const handle = async (request) => {
    if (request.method === "GET") return new Response("fine");
    const reader = request.body.getReader();
    await reader.read();
    await reader.cancel();
    return new Response("too large for me", { status: 413 });
  };
  await withServer(http.createServer(nodeHandler({ handle })), async (url) => {
    const refused = await post(url, "x".repeat(2 * MIB));
    assert.equal(refused.status, 413);
    assert.equal(await refused.text(), "too large for me");
    assert.equal(await (await fetch(url)).text(), "fine");
  });
});

test("an endless body is not read for ever", async () => {
  await withServer(http.createServer(nodeHandler(echoSharing())), async (url) => {
    const socket = net.connect(new URL(url).port, "127.0.0.1");
    socket.on("error", () => {});
    socket.write("POST /linktree HTTP/1.1\r\nhost: a\r\ntransfer-encoding: chunked\r\n\r\n");
    const chunk = `10000\r\n${"x".repeat(0x10000)}\r\n`;
    const closed = new Promise((resolve) => socket.once("close", resolve));
    const send = (error) => void (error || socket.destroyed || socket.write(chunk, send));
    send();
    socket.resume();
    await closed;
    assert.ok(socket.bytesWritten < 64 * MIB, `${socket.bytesWritten} bytes were taken`);
  });
});

test("a method or url that a Request cannot have is not ours", async () => {
  await withServer(http.createServer(nodeHandler(echoSharing())), async (url) => {
    for (const head of ["TRACE / HTTP/1.1", "OPTIONS * HTTP/1.1", "GET /a HTTP/1.1\r\nhost: a b", "GET http://[ HTTP/1.1"]) {
      const hostLine = head.includes("host:") ? "" : "host: a\r\n";
      const answer = await rawExchange(url, `${head}\r\n${hostLine}connection: close\r\n\r\n`);
      assert.match(answer, /^HTTP\/1\.1 40[04]/, head);
    }
  });
});

test("anything that is not a Sharing is refused and named", () => {
  for (const wrong of [undefined, null, {}, () => {}]) {
    assert.throws(() => nodeHandler(wrong), {
      name: "TypeError",
      code: "OPTION_INVALID",
      message: /^nodeHandler\(sharing\) got .+; wanted what createSharing returns$/,
    });
  }
});

async function withServer(server, check) {
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  try {
    await check(`http://127.0.0.1:${server.address().port}`);
  } finally {
    server.closeAllConnections();
    server.close();
    await once(server, "close");
  }
}

function post(url, body) {
  return fetch(url, { method: "POST", body, headers: { "content-type": "application/json" } });
}

async function rawExchange(url, text) {
  const socket = net.connect(new URL(url).port, "127.0.0.1");
  socket.end(text);
  let answer = "";
  for await (const chunk of socket) answer += chunk;
  return answer;
}

function failingStream(chunks) {
  const rest = chunks.map((chunk) => new TextEncoder().encode(chunk));
  return new ReadableStream(
    {
      pull(controller) {
        if (rest.length > 0) controller.enqueue(rest.shift());
        else controller.error(new Error("the store failed"));
      },
    },
    { highWaterMark: 0 },
  );
}

// Resolves when `value()` has not changed for 50 turns of the event loop.
async function settled(value) {
  for (let last = value(), same = 0; same < 50; ) {
    await new Promise((resolve) => setImmediate(resolve));
    same = value() === last ? same + 1 : 0;
    last = value();
  }
}

// In the environment "test" Express does not write an error's stack to the console.
function quiet(app) {
  return app.set("env", "test");
}
