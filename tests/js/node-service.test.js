import assert from "node:assert/strict";
import { once } from "node:events";
import http from "node:http";
import { test } from "node:test";

import { nodeService } from "../../js/cli/node-service.js";
import { keepRegistered, register } from "../../js/cli/registration.js";

const MINUTE_MS = 60_000;

/** Runs `check` with a service whose clock is `clock.now`. */
function withService(check) {
  return async () => {
    const clock = { now: 0 };
    const server = http.createServer(nodeService({ now: () => clock.now })).listen(0, "127.0.0.1");
    await once(server, "listening");
    const url = `http://127.0.0.1:${server.address().port}`;
    const register = (taskId, body) =>
      fetch(`${url}/register-node/${taskId}`, {
        method: "POST",
        body: typeof body === "string" ? body : JSON.stringify(body),
      });
    const urlsOf = async (taskId) => (await (await fetch(`${url}/nodes/${taskId}`)).json()).map(({ data }) => data.url);
    try {
      await check({ url, clock, register, urlsOf });
    } finally {
      server.closeAllConnections();
      server.close();
    }
  };
}

function nodeAt(url, more = {}) {
  return { data: { url, timestamp: 1 }, signature: "s", owner: "o", ...more };
}

test(
  "a task without registrations has no nodes",
  withService(async ({ urlsOf }) => {
    assert.deepEqual(await urlsOf("t"), []);
  }),
);

test(
  "a node is listed as it registered, and only for its task",
  withService(async ({ url, register, urlsOf }) => {
    assert.equal((await register("t", nodeAt("http://a:1/", { roles: ["x"] }))).status, 200);
    const listed = await (await fetch(`${url}/nodes/t`)).json();
    assert.deepEqual(listed, [{ data: { url: "http://a:1", timestamp: 1 }, signature: "s", owner: "o", taskId: "t" }]);
    assert.deepEqual(await urlsOf("other"), []);
  }),
);

test(
  "an address is listed once, however often it registers",
  withService(async ({ register, urlsOf }) => {
    for (const url of ["http://a", "http://a/", "http://a//", "http://b"]) await register("t", nodeAt(url));
    assert.deepEqual(await urlsOf("t"), ["http://a", "http://b"]);
  }),
);

test(
  "a node is listed once, however its address is spelled",
  withService(async ({ register, urlsOf }) => {
    for (const url of [
      "http://a.example:8080",
      "HTTP://A.Example.:8080/",
      "http:\\\\a.example:8080",
      "http://a.example:8080/./x/..//",
      "http://a.example:8080?1",
      "http://a.example:8080/#2",
    ])
      assert.equal((await register("t", nodeAt(url))).status, 200, url);
    for (const url of ["http://127.0.0.1", "http://2130706433:80", "http://0x7f.1", "http://127.1/"])
      await register("t", nodeAt(url));
    assert.deepEqual(await urlsOf("t"), ["http://a.example:8080", "http://127.0.0.1"]);
  }),
);

test(
  "a task id may be the name of a member that every object has",
  withService(async ({ register, urlsOf }) => {
    for (const taskId of ["__proto__", "constructor", "toString", "hasOwnProperty"]) {
      assert.deepEqual(await urlsOf(taskId), []);
      assert.equal((await register(taskId, nodeAt("http://a"))).status, 200);
      assert.deepEqual(await urlsOf(taskId), ["http://a"]);
    }
  }),
);

test(
  "registration fields with the name of such a member are left out",
  withService(async ({ url, register }) => {
    await register("t", '{"__proto__":{"signature":7},"data":{"url":"http://a","timestamp":1,"__proto__":{"url":7}}}');
    const [node] = await (await fetch(`${url}/nodes/t`)).json();
    assert.deepEqual(node, { data: { url: "http://a", timestamp: 1 }, signature: "", owner: "", taskId: "t" });
  }),
);

test(
  "a node is forgotten after 5 minutes, unless it registers again",
  withService(async ({ clock, register, urlsOf }) => {
    await register("t", nodeAt("http://renews"));
    await register("t", nodeAt("http://leaves"));
    clock.now = 4 * MINUTE_MS;
    await register("t", nodeAt("http://renews"));
    clock.now = 5 * MINUTE_MS - 1;
    assert.deepEqual((await urlsOf("t")).sort(), ["http://leaves", "http://renews"]);
    clock.now = 5 * MINUTE_MS;
    assert.deepEqual(await urlsOf("t"), ["http://renews"]);
  }),
);

for (const [what, body, status, code] of [
  ["text that is not JSON", "url=http://a", 400, "BAD_BODY"],
  ["null", "null", 400, "BAD_FIELD"],
  ["a list", "[]", 400, "BAD_FIELD"],
  ["no data", {}, 400, "BAD_FIELD"],
  ["no url", { data: { timestamp: 1 } }, 400, "BAD_URL"],
  ["a url of another scheme", nodeAt("file:///etc/passwd"), 400, "BAD_URL"],
  ["a url without a host", nodeAt("http://"), 400, "BAD_URL"],
  ["a very long url", nodeAt(`http://a/${"x".repeat(3000)}`), 400, "BAD_URL"],
  ["a url that is a number", nodeAt(7), 400, "BAD_URL"],
  ["a url that controls a terminal", nodeAt("http://a.example/\u001b]0;x\u0007\r\nforged line"), 400, "BAD_URL"],
  ["a url with line ends, which url parsers drop", nodeAt("http://a\n.example"), 400, "BAD_URL"],
  ["a url with a bidi override", nodeAt("http://a.example/\u202egpj"), 400, "BAD_URL"],
  ["a url beyond ASCII", nodeAt("http://bücher.example"), 400, "BAD_URL"],
  ["a url with a space", nodeAt("http://a/b c"), 400, "BAD_URL"],
  ["a url with a password", nodeAt("http://me:secret@a.example"), 400, "BAD_URL"],
  ["no timestamp", { data: { url: "http://a" } }, 400, "BAD_TIMESTAMP"],
  ["a timestamp that is a string", { data: { url: "http://a", timestamp: "1" } }, 400, "BAD_TIMESTAMP"],
  ["a signature that is not a string", nodeAt("http://a", { signature: {} }), 400, "BAD_FIELD"],
  ["a long owner", nodeAt("http://a", { owner: "x".repeat(3000) }), 400, "BAD_FIELD"],
  ["64 KiB and more", nodeAt("http://a", { more: "x".repeat(64 * 1024) }), 413, "TOO_LARGE"],
]) {
  test(
    `a registration with ${what} is refused with code and sentence`,
    withService(async ({ register, urlsOf }) => {
      const answer = await register("t", body);
      const said = await answer.json();
      assert.deepEqual([answer.status, said.code], [status, code]);
      assert.ok(said.message.length > 10);
      assert.deepEqual(await urlsOf("t"), []);
    }),
  );
}

test(
  "other paths and methods are refused in JSON",
  withService(async ({ url }) => {
    for (const [method, path, status] of [
      ["GET", "/", 404],
      ["GET", "/nodes", 404],
      ["GET", "//nodes/t", 404],
      ["GET", `/nodes/${"t".repeat(129)}`, 404],
      ["GET", "/nodes/a%2Fb", 404],
      ["POST", "/nodes/t", 405],
      ["GET", "/register-node/t", 405],
    ]) {
      const answer = await fetch(url + path, { method });
      assert.equal(answer.status, status, `${method} ${path}`);
      assert.ok((await answer.json()).code);
    }
  }),
);

test("tasks and nodes beyond the limits are refused, and listed ones can still renew", async () => {
  const clock = { now: 0 };
  const handle = nodeService({ now: () => clock.now });
  const call = (taskId, url) => callDirectly(handle, `/register-node/${taskId}`, nodeAt(url));
  for (let index = 0; index < 1000; index += 1) assert.equal((await call(`task${index}`, "http://a")).status, 200);
  assert.deepEqual(await call("one-more", "http://a"), { status: 503, code: "FULL" });
  for (let index = 1; index < 10_000; index += 1) await call("task0", `http://a/${index}`);
  assert.deepEqual(await call("task0", "http://a/one-more"), { status: 503, code: "FULL" });
  assert.equal((await call("task0", "http://a")).status, 200);
  for (let index = 1; index < 9002; index += 1) await call("task1", `http://a/${index}`);
  assert.deepEqual(await call("task1", "http://a/one-more"), { status: 503, code: "FULL" });
  clock.now = 5 * MINUTE_MS;
  assert.equal((await call("one-more", "http://a")).status, 200);
});

test(
  "keepRegistered registers a node at once",
  withService(async ({ url, urlsOf }) => {
    let stop;
    const outcome = await new Promise((resolve) => {
      const onRegistered = () => resolve("registered");
      stop = keepRegistered({ serviceUrl: url, taskId: "t", url: "http://node", onRegistered, onFailed: resolve });
    });
    stop();
    assert.equal(outcome, "registered");
    assert.deepEqual(await urlsOf("t"), ["http://node"]);
  }),
);

test("a 404 is reported with a question about the service's address", async () => {
  const server = http.createServer((_, response) => response.writeHead(404).end("nothing here")).listen(0, "127.0.0.1");
  await once(server, "listening");
  const endpoint = `http://127.0.0.1:${server.address().port}/register-node/t`;
  assert.equal(await register(endpoint, "http://node"), `HTTP 404 at ${endpoint}; is that the address of the service?`);
  server.closeAllConnections();
  server.close();
});

test("keepRegistered says why a service did not take a node", async () => {
  let stop;
  const reason = await new Promise((resolve) => {
    stop = keepRegistered({
      serviceUrl: "http://127.0.0.1:9",
      taskId: "t",
      url: "http://node",
      onRegistered: resolve,
      onFailed: resolve,
    });
  });
  stop();
  assert.match(reason, /\w/);
});

// Without sockets, because ten thousand requests over them would be slow.
async function callDirectly(handle, url, body) {
  const request = Object.assign(
    (async function* () {
      yield Buffer.from(JSON.stringify(body));
    })(),
    { url, method: "POST" },
  );
  const answer = {};
  const response = {
    writeHead: (status) => (answer.status = status),
    end: (text) => (answer.code = JSON.parse(text).code),
  };
  await handle(request, response);
  return answer.code === undefined ? { status: answer.status } : answer;
}

test("first registrations and expiries are reported, each once", async () => {
  const clock = { now: 0 };
  const events = [];
  const report = (what) => (taskId, url) => void events.push(`${what} ${taskId} ${url}`);
  const service = nodeService({ now: () => clock.now, onRegistered: report("registered"), onExpired: report("expired") });
  const server = http.createServer(service).listen(0, "127.0.0.1");
  await once(server, "listening");
  const url = `http://127.0.0.1:${server.address().port}`;
  const register = () => fetch(`${url}/register-node/t`, { method: "POST", body: JSON.stringify(nodeAt("http://a")) });
  try {
    await register();
    await register();
    clock.now = 6 * MINUTE_MS;
    for (let times = 0; times < 2; times += 1) await (await fetch(`${url}/nodes/t`)).json();
    await register();
  } finally {
    server.closeAllConnections();
    server.close();
  }
  assert.deepEqual(events, ["registered t http://a", "expired t http://a", "registered t http://a"]);
});
