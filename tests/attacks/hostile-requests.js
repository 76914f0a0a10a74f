// Every kind of hostile request. Each attack resolves when it is under way, with the answers that it got, if any. What
// stays open is closed by the caller.
const ALL = "/linktree/all";
const MIB = 1024 * 1024;

const head = (line, ...headers) => [`${line} HTTP/1.1`, "host: a", ...headers, "", ""].join("\r\n");
const get = (...headers) => head(`GET ${ALL}`, ...headers);
const post = (body, ...headers) => head("POST /linktree", `content-length: ${Buffer.byteLength(body)}`, ...headers) + body;
const chunked = (body) => head("POST /linktree", "transfer-encoding: chunked") + body;

const METHODS = ["BREW", "TRACE", "CONNECT", "PRI", "get", "DELETE", "PUT", "PATCH", "M-SEARCH", "G\u0000T", ""];
const URLS = [
  "*",
  "//",
  "///linktree//all",
  "http://",
  "http://[",
  "/%",
  "/%zz",
  "/%00",
  "/linktree/all%00",
  "/../../linktree/all",
  "/linktree/all#x",
  "/linktree/all?%",
  "/\u00ff",
  "\\",
  "/linktree\\all",
  "javascript:1",
  `/${"a/".repeat(3_000)}`,
  "/task/",
  "/task/%2e%2e/linktree/all",
  "/linktree/all?after",
  "/linktree/all?after=%",
  "/linktree/all?after=%00&after=x",
];
const CHUNKS = [
  "zz\r\n",
  "-1\r\nx\r\n",
  "ffffffffffffffffff\r\nx",
  "7fffffffffffffff\r\nx",
  "1\r\nxx\r\n0\r\n\r\n",
  '1;a="\r\nx\r\n0\r\n\r\n',
  "\r\n\r\n",
  "0\r\nx: y",
  "1\nx\n0\n\n",
  `${"0".repeat(10_000)}1\r\nx\r\n0\r\n\r\n`,
];
const BODIES = [
  "",
  "{",
  "[",
  "null",
  "[]",
  "1e999",
  '"',
  "\u0000",
  "[".repeat(MIB),
  '{"a":'.repeat(100_000),
  "\ufeff{}",
  '{"payload":null}',
  '{"data":{},"publicKey":1,"signature":{}}',
  '{"data":{"uuid":"a","timestamp":1},"publicKey":"1","signature":"1"}',
  `{"data":{"uuid":"${"u".repeat(MIB)}"}}`,
  `{"data":{${'"a":1,'.repeat(100_000)}"a":1},"publicKey":"","signature":""}`,
  `{"data":{${Array.from({ length: 80_000 }, (_, key) => `"${key}":0`).join(",")}},"publicKey":"","signature":""}`,
  `{"payload":${'{"payload":'.repeat(1_000)}{}${"}".repeat(1_001)}`,
  "x".repeat(2 * MIB),
  '{"\\ud800":"\\udfff\\uZZZZ"}',
];

export const attacks = {
  "forty requests on each connection, whose answers are not read": (them) => them.crowd(60, get().repeat(40)),
  "bodies that are not read": (them) => them.crowd(60, get()),
  "silent connections": (them) => them.crowd(300),
  "heads that never end": (them) => them.crowd(150, `GET ${ALL} HTTP/1.1\r\nhost: a\r\nx-slow:`),
  "bodies that never come": (them) => them.crowd(150, `${head("POST /linktree", `content-length: ${MIB}`)}{"data"`),
  "bodies that never come in chunks": (them) => them.crowd(150, chunked('5\r\n{"dat\r\n')),
  "bodies that almost end": (them) => them.crowd(40, head("POST /linktree", `content-length: ${MIB}`) + "x".repeat(MIB - 1)),
  "requests with Expect that never send their body": (them) =>
    them.crowd(100, head("POST /linktree", `content-length: ${MIB}`, "expect: 100-continue")),
  "connections that leave at once": (them) => them.cut(1_000, get(), { afterFirstPiece: false }),
  "readers that leave after the first piece": (them) => them.cut(200, get(), { afterFirstPiece: true }),
  "senders that leave in the middle": (them) =>
    them.cut(200, `${head("POST /linktree", "content-length: 100000")}{"data"`, { afterFirstPiece: false }),
  "requests that begin after any key": (them) =>
    them.cut(1_000, head(`GET ${ALL}?after=${"1".repeat(43)}/a`), { afterFirstPiece: true }),
  "enormous heads": (them) =>
    them.answers([
      get(`x: ${"y".repeat(64 * 1024)}`),
      get(...Array.from({ length: 3_000 }, (_, at) => `x${at}: y`)),
      get(`if-none-match: ${'W/"1-a", '.repeat(1_500)}"x"`),
      get(`if-none-match: ${'"'.repeat(12_000)}`),
      head(`OPTIONS ${ALL}`, `access-control-request-headers: ${"x,".repeat(6_000)}`),
      head(`GET ${ALL}?after=${"%31".repeat(4_000)}`),
    ]),
  "methods that do not exist": (them) => them.answers(METHODS.map((method) => head(`${method} ${ALL}`))),
  "urls of all kinds": (them) =>
    them.answers(URLS.flatMap((url) => [head(`GET ${url}`), head(`POST ${url}`, "content-length: 0")])),
  "chunks of bad sizes": (them) => them.answers(CHUNKS.map(chunked)),
  "lengths that lie": (them) =>
    them.answers([
      post("{}", "content-length: 9"),
      post("{}", "transfer-encoding: chunked"),
      `${head("POST /linktree", "content-length: 1")}{}{}{}`,
      head("POST /linktree", "content-length: -1"),
      head("POST /linktree", "content-length: 99999999999999999999"),
      head("POST /linktree", "content-length: 0x10"),
      `${head("POST /linktree", "content-length: 100")}{}`,
    ]),
  "expectations and upgrades": (them) =>
    them.answers([
      post("{}", "expect: 100-continue"),
      post("{}", "expect: a miracle"),
      get("connection: upgrade", "upgrade: websocket"),
      get("connection: upgrade, http2-settings", "upgrade: h2c", "http2-settings: AAAA"),
      "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
      "\u0016\u0003\u0001",
    ]),
  "bodies of requests that have none": (them) =>
    them.answers(
      ["GET", "HEAD", "OPTIONS"].flatMap((method) => [
        `${head(`${method} ${ALL}`, `content-length: ${MIB}`)}${"x".repeat(MIB)}`,
        `${head(`${method} ${ALL}`, "transfer-encoding: chunked")}5\r\nhello\r\n0\r\n\r\n`,
      ]),
    ),
  "posts of every bad shape": (them) => them.answers(BODIES.map((body) => post(body))),
  "a flood of large posts": (them) => them.answers(Array.from({ length: 60 }, () => post(BODIES[16].padEnd(MIB)))),
};
