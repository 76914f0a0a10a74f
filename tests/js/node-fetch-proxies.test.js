// Which proxy nodeFetch uses, and how.
import assert from "node:assert/strict";
import { once } from "node:events";
import http from "node:http";
import https from "node:https";
import net from "node:net";
import { test } from "node:test";
import { proxyFor } from "../../js/core/node-fetch/proxies.js";
import { nodeFetch } from "../../js/http.js";
import { deadUrl } from "../network/free-port.js";
import { serve } from "../network/server.js";
import { cert, key, servedSecurely } from "./fixtures/certificate.js";

const NAMES = ["http_proxy", "https_proxy", "all_proxy", "no_proxy"].flatMap((name) => [name, name.toUpperCase()]);

/** Sets the environment of the process for one test; variables that it does not name are unset. */
function setEnvironment(t, settings) {
  const before = NAMES.map((name) => [name, process.env[name]]);
  const set = ([name, value]) => (value === undefined ? delete process.env[name] : (process.env[name] = value));
  NAMES.map((name) => [name, settings[name]]).forEach(set);
  t.after(() => before.forEach(set));
}

/** A proxy that forwards requests, opens tunnels, and remembers both. */
async function proxyServer(t, { secure, refuse } = {}) {
  const seen = [];
  const forward = (request, response) => {
    seen.push({ method: request.method, target: request.url, headers: request.headers });
    const { hostname, port, pathname } = new URL(request.url);
    const options = { host: hostname.replace("peer.example", "127.0.0.1"), port, path: pathname, headers: request.headers };
    http.get(options, (answer) => response.writeHead(answer.statusCode, answer.headers) && answer.pipe(response));
  };
  const server = secure ? https.createServer({ cert, key }, forward) : http.createServer(forward);
  server.on("connect", (request, socket, head) => {
    seen.push({ method: "CONNECT", target: request.url, headers: request.headers });
    socket.on("error", () => {});
    if (refuse) return socket.end("HTTP/1.1 407 Proxy Authentication Required\r\n\r\n");
    const upstream = net.connect(Number(request.url.split(":")[1]), "127.0.0.1", () => {
      socket.write("HTTP/1.1 200 Connection established\r\n\r\n");
      upstream.write(head);
      upstream.pipe(socket).pipe(upstream);
    });
    upstream.on("error", () => socket.destroy());
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  t.after(() => {
    server.closeAllConnections();
    server.close();
  });
  return { host: `127.0.0.1:${server.address().port}`, seen };
}

for (const secure of [false, true]) {
  test(`http goes through ${secure ? "an https" : "a"} proxy in absolute form, with credentials and unresolved names`, async (t) => {
    const target = await serve((_, response) => response.end("ok"));
    t.after(() => target.close());
    const proxy = await proxyServer(t, { secure });
    setEnvironment(t, { HTTP_PROXY: `http${secure ? "s" : ""}://us%40er:p%C3%A4ss@${proxy.host}` });
    const url = `${target.url.replace("127.0.0.1", "peer.example")}/list`;
    assert.equal(await (await nodeFetch({ ca: cert })(url)).text(), "ok");
    const [{ method, target: asked, headers }] = proxy.seen;
    assert.deepEqual([method, asked, headers.host], ["GET", url, new URL(url).host]);
    assert.equal(headers["proxy-authorization"], `Basic ${Buffer.from("us@er:päss").toString("base64")}`);
  });

  test(`https goes through a tunnel of ${secure ? "an https" : "a"} proxy, which sees nothing of it`, async (t) => {
    const port = await servedSecurely(t);
    const proxy = await proxyServer(t, { secure });
    setEnvironment(t, { https_proxy: `http${secure ? "s" : ""}://user:pass@${proxy.host}` });
    const url = `https://peer.example:${port}/`;
    assert.equal(await (await nodeFetch({ ca: cert })(url)).text(), "secret");
    const [{ method, target, headers }] = proxy.seen;
    assert.deepEqual(
      [method, target, headers["proxy-authorization"]],
      ["CONNECT", `peer.example:${port}`, "Basic dXNlcjpwYXNz"],
    );
    assert.equal(proxy.seen.length, 1);
  });
}

test("a proxy that refuses, is dead or is not a proxy is an error with a sentence", async (t) => {
  const proxy = await proxyServer(t, { refuse: true });
  setEnvironment(t, { HTTPS_PROXY: `http://${proxy.host}` });
  await assert.rejects(nodeFetch()("https://peer.example/"), {
    message: /the proxy answered 407; wanted 200, a tunnel to peer\.example:443/,
  });
  const dead = await deadUrl();
  process.env.HTTPS_PROXY = dead;
  await assert.rejects(nodeFetch()("https://peer.example/"), {
    code: "ECONNREFUSED",
    message: `https://peer.example: by the proxy ${dead.slice(7)}: no connection to ${dead.slice(7)} ECONNREFUSED`,
  });
  process.env.HTTPS_PROXY = "socks5://127.0.0.1:1";
  await assert.rejects(nodeFetch()("https://peer.example/"), {
    message: /the proxy that the environment names for https is not a url; wanted one with http: or https:/,
  });
});

/** The proxy for a url in an environment; undefined if it is asked directly. */
function proxyIn(t, settings, url) {
  setEnvironment(t, settings);
  return proxyFor(new URL(url), net)?.url.href;
}

test("the environment is read as proxy-from-env reads it", (t) => {
  const proxy = "http://proxy.example:3128/";
  const cases = [
    [{}, "http://a.example/", undefined],
    [{ http_proxy: proxy }, "http://a.example/", proxy],
    [{ HTTP_PROXY: proxy }, "https://a.example/", undefined],
    [{ HTTPS_PROXY: proxy }, "https://a.example/", proxy],
    [{ ALL_PROXY: proxy }, "https://a.example/", proxy],
    [{ http_proxy: proxy, HTTP_PROXY: "http://other.example/" }, "http://a.example/", proxy],
    [{ HTTP_PROXY: "proxy.example:3128" }, "http://a.example/", proxy],
    [{ http_proxy: "", HTTP_PROXY: proxy }, "http://a.example/", proxy],
    [{ HTTP_PROXY: proxy }, "http://localhost:30017/", proxy],
  ];
  for (const [settings, url, wanted] of cases) assert.equal(proxyIn(t, settings, url), wanted, JSON.stringify([settings, url]));
});

test("NO_PROXY exempts hosts, endings, ports, networks and everything", (t) => {
  const exempt = [
    ["*", "http://a.example/"],
    ["b.example, A.example", "http://a.example/"],
    ["b.example a.example", "http://a.example/"],
    [".example", "http://a.example/"],
    ["*.example", "http://a.example/"],
    ["*example", "http://a.example/"],
    ["a.example:80", "http://a.example/"],
    ["a.example:443", "https://a.example/"],
    ["a.example:8080", "http://a.example:8080/"],
    ["[2001:db8::1]:8080", "http://[2001:db8::1]:8080/"],
    ["2001:db8::1", "http://[2001:db8::1]/"],
    ["localhost", "http://127.0.0.1:30017/"],
    ["127.0.0.1", "http://localhost:30017/"],
    ["localhost", "http://[::1]/"],
    ["localhost", "http://0.0.0.0/"],
    ["10.0.0.0/8", "http://10.1.2.3/"],
    ["2001:db8::/32", "http://[2001:db8::1]/"],
  ];
  const proxied = [
    ["", "http://a.example/"],
    ["example", "http://a.example/"],
    ["a.example", "http://b.a.example/"],
    [".a.example", "http://a.example/"],
    ["a.example:81", "http://a.example/"],
    ["localhost", "http://localhost.example/"],
    ["10.0.0.0/8", "http://11.1.2.3/"],
    ["10.0.0.0/8", "http://[::ffff:b01:203]/"],
    ["10.0.0.0/99, nonsense/8", "http://10.1.2.3/"],
  ];
  const proxy = "http://proxy.example:3128/";
  const settings = (no_proxy) => ({ http_proxy: proxy, https_proxy: proxy, no_proxy });
  for (const [list, url] of exempt) assert.equal(proxyIn(t, settings(list), url), undefined, `${list} ${url}`);
  for (const [list, url] of proxied) assert.equal(proxyIn(t, settings(list), url), proxy, `${list} ${url}`);
});

test("without an environment there is no proxy", (t) => {
  const { env } = process;
  t.after(() => (process.env = env));
  process.env = undefined;
  assert.equal(proxyFor(new URL("http://a.example/"), net), undefined);
});
