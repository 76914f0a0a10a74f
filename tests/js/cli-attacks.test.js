// Hostile input of the command line: endless, late, broken, or meant to control a terminal.
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { closeSync, existsSync, openSync } from "node:fs";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import http from "node:http";
import net from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { fileURLToPath } from "node:url";

import { signRecord } from "../../js/index.js";
import { register } from "../../js/cli/registration.js";
import { request } from "../../js/cli/request.js";
import { deadUrl } from "../network/free-port.js";
import { sendJson, serve } from "../network/server.js";
import { assertSentence } from "./fixtures/node-folders.js";
import { dbsharing, startDbsharing } from "./run-command.js";

const MAIN = fileURLToPath(new URL("../../js/cli/main.js", import.meta.url));
const STEERING = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/u;
const HOSTILE = "\u001b]0;x\u0007\r\nforged line\u009b2J\u202e\u2028end";
const MIB = 1024 * 1024;
const DATA = '{"uuid":"a","timestamp":1}';
const RECORD = JSON.stringify(signRecord(JSON.parse(DATA), new Uint8Array(32).fill(7)));
const LONG_MS = 300_000; // reached only if something hangs

const folder = await mkdtemp(join(tmpdir(), "dbsharing-attacks-"));
after(() => rm(folder, { recursive: true, force: true }));

/** Runs `check(url, server)` with a server that answers in this way. */
async function against(answer, check) {
  const server = await serve(answer);
  try {
    return await check(server.url, server);
  } finally {
    await server.close();
  }
}

/** Sends a head and then endless bytes; `sent.bytes` counts them until the client disconnects. */
function endless(sent) {
  const chunk = Buffer.alloc(MIB, "x");
  return (_, response) => {
    response.writeHead(200, { "content-type": "application/json" });
    const more = () => {
      let hasRoom = true;
      while (hasRoom && !response.destroyed) {
        sent.bytes += chunk.length;
        hasRoom = response.write(chunk);
      }
    };
    response.on("drain", more);
    sent.ended = once(response, "close");
    more();
  };
}

function assertClean(text) {
  for (const line of text.trimEnd().split("\n")) assert.doesNotMatch(line, STEERING);
  assert.doesNotMatch(text, /^forged/m);
}

// What is printed

for (const [what, answer] of [
  ["a message", (_, response) => sendJson(response, { code: "NO", message: HOSTILE }, { status: 400 })],
  ["a code", (_, response) => sendJson(response, { code: HOSTILE, message: "no" }, { status: 400 })],
  ["a key", (_, response) => sendJson(response, { key: HOSTILE })],
  ["a page", (_, response) => sendJson(response, HOSTILE, { status: 500, type: "text/html" })],
  ["a redirect", (_, response) => response.writeHead(302, { location: "/\u009b2J\u0085forged" }).end()],
  ["a code of ours", (_, response) => sendJson(response, { code: "USAGE", message: "no" }, { status: 400 })],
]) {
  test(`publish shows ${what} from a node without control characters`, async () => {
    await against(answer, async (url) => {
      const run = await dbsharing(["publish", "--to", url], { input: RECORD });
      assertClean(run.stdout + run.stderr);
      assert.equal((run.stdout + run.stderr).trimEnd().split("\n").length, 1);
      assert.doesNotMatch(run.stderr, /--help/);
      const asJson = await dbsharing(["publish", "--to", url, "--json"], { input: RECORD });
      assertClean(asJson.stdout);
      JSON.parse(asJson.stdout);
    });
  });
}

test("a node's code or message that is not a string is left out", async () => {
  await against(
    (_, response) => sendJson(response, { code: {}, message: [1], key: 7 }, { status: 400 }),
    async (url) => {
      const run = await dbsharing(["publish", "--to", url], { input: RECORD });
      assertSentence(
        run,
        1,
        /did not store the record: answered with HTTP status 400: \{"code":\{\},"message":\[1\],"key":7\} \(PEER_STATUS\)\n$/,
      );
    },
  );
});

test("names and contents of files are shown without control characters", async () => {
  const name = join(folder, `${HOSTILE}.json`);
  for (const args of [
    ["verify", name],
    ["import", name],
    ["sign", name, "--key", name],
    ["check", "--db", name],
  ]) {
    const { code, stderr } = await dbsharing(args);
    assert.equal(code, 2);
    assertClean(stderr);
  }
  assertClean((await dbsharing(["sign", "--key", name], { input: `{"a": ${HOSTILE}}` })).stderr);
  assertClean((await dbsharing(["verify", "-"], { input: HOSTILE })).stderr);
});

test("a record is printed with its control characters escaped, and stays the same record", async () => {
  const key = join(folder, "key.json");
  await dbsharing(["keygen", "--out", key]);
  const data = { uuid: `a\u2028\u202e`, text: HOSTILE, timestamp: 1 };
  const signed = await dbsharing(["sign", "--key", key], { input: JSON.stringify(data) });
  assertClean(signed.stdout);
  assert.deepEqual(JSON.parse(signed.stdout).data, data);
  const verified = await dbsharing(["verify", "-"], { input: `[${signed.stdout}]` });
  assert.equal(verified.code, 0);
  assertClean(verified.stdout);
});

// Answers

test("an endless answer is cut off, to publish and to a registration", async () => {
  const sent = { bytes: 0 };
  await against(endless(sent), async (url) => {
    const published = await dbsharing(["publish", "--to", url], { input: RECORD });
    assertSentence(published, 1, /its answer is longer than 65536 bytes \(BODY_TOO_LARGE\)/);
    await sent.ended;
    assert.match(await register(`${url}/register-node/t`, "http://a"), /its answer is longer than 65536 bytes/);
    await sent.ended;
    assert.ok(sent.bytes < 64 * MIB, `${sent.bytes} bytes`);
  });
});

test("the deadline holds for a head that never comes and for a body that never ends", async () => {
  const late = { code: "PEER_TIMEOUT", message: "no whole answer within 0.2 s" };
  await against(
    () => {},
    (url) => assert.rejects(request(url, { timeoutMs: 200 }), late),
  );
  const trickle = (_, response) => {
    const timer = setInterval(() => response.write("x"), 10);
    response.on("close", () => clearInterval(timer));
  };
  await against(trickle, (url) => assert.rejects(request(url, { timeoutMs: 200 }), late));
});

test("a body that is cut short does not count as an answer", async () => {
  const cut = (_, response) => {
    response.writeHead(200, { "content-length": "100" });
    response.write("half", () => response.destroy());
  };
  await against(cut, (url) => assert.rejects(request(url, { timeoutMs: LONG_MS }), { code: "BODY_CUT" }));
});

test("a redirect is reported with its target and not followed", async () => {
  const away = (_, response) => response.writeHead(307, { location: "http://elsewhere.example/linktree" }).end("moved");
  await against(away, async (url, server) => {
    const run = await dbsharing(["publish", "--to", url], { input: RECORD });
    assertSentence(run, 1, /it redirects to http:\/\/elsewhere\.example\/linktree; .*\(PEER_REDIRECTED\)/);
    assert.match(await register(`${url}/register-node/t`, "http://a"), /it redirects to http:\/\/elsewhere\.example/);
    assert.equal(server.requests.length, 2);
  });
});

test("a failed connection is reported with address, port, code and what to do", async () => {
  const url = await deadUrl();
  const { port } = new URL(url);
  const refused = new RegExp(`nobody listens at 127\\.0\\.0\\.1, port ${port} \\(ECONNREFUSED\\); is it running`);
  assertSentence(await dbsharing(["publish", "--to", url], { input: RECORD }), 1, refused);
  assert.match(await register(`${url}/register-node/t`, "http://a"), refused);
  const unknown = await register("http://no-such-name.invalid/register-node/t", "http://a");
  assert.match(unknown, /the name no-such-name\.invalid (is not known|cannot be looked up) \((ENOTFOUND|EAI_AGAIN)\); is/);
  await against(
    () => {},
    async (http) => {
      const tls = await register(`${http.replace("http:", "https:")}/register-node/t`, "http://a");
      assert.match(tls, /127\.0\.0\.1, port \d+ (does not speak TLS|closed the connection)/);
    },
  );
});

test("a node survives a service whose answers have six codings and no end", async () => {
  const coded = (_, response) => {
    response.writeHead(200, { "content-encoding": "gzip,gzip,gzip,gzip,gzip,gzip" });
    response.write("x");
  };
  const registrations = [];
  const answer = (incoming, response) => {
    if (incoming.url.startsWith("/register-node")) registrations.push(response);
    if (registrations.length === 2) second();
    coded(incoming, response);
  };
  let second;
  const asksAgain = new Promise((resolve) => (second = resolve)); // which comes after the deadline of the first
  await against(answer, async (url) => {
    const place = ["--data", join(folder, "coded"), "--port", "0"];
    const node = startDbsharing(["node", "--task-id", "t", "--service-url", url, ...place]);
    await Promise.race([asksAgain, node.closed]);
    assert.equal(await node.stop(), 0, node.stderr());
    assertClean(node.stderr());
  });
});

// Other connections

const HELD = 1050;
const HONEST = 30;

/** Keeps a number of connections open that each do their `part`; a closed one is opened again. Returns what ends them. */
async function hold(url, part) {
  const { hostname, port } = new URL(url);
  const held = new Set();
  let isOver = false;
  const open = () => {
    const socket = net
      .connect(Number(port), hostname)
      .on("error", () => {})
      .resume();
    held.add(socket);
    const stop = part(socket);
    socket.once("close", () => {
      stop?.();
      held.delete(socket);
      if (!isOver) open();
    });
    return socket;
  };
  const first = Array.from({ length: HELD }, open);
  await Promise.all(first.map((socket) => new Promise((resolve) => socket.once("connect", resolve).once("close", resolve))));
  return () => {
    isOver = true;
    for (const socket of held) socket.destroy();
  };
}

function again(socket) {
  const ask = () => socket.write("GET /nope HTTP/1.1\r\nhost: a\r\n\r\n");
  ask();
  const timer = setInterval(ask, 3000);
  return () => clearInterval(timer);
}

const parts = {
  "say nothing": () => {},
  "ask every 3 s for a path that does not exist": again,
  "begin a head": (socket) => void socket.write("GET /nope HTTP/1.1\r\nx: "),
  "begin a post": (socket) =>
    void socket.write(
      `POST ${socket.remotePort % 2 ? "/linktree" : "/register-node/t"} HTTP/1.1\r\nhost: a\r\ncontent-length: 9\r\n\r\n`,
    ),
};

for (const [command, path, args] of [
  ["service", "/nodes/t", async () => ["--port", "0"]],
  [
    "node",
    "/linktree/all",
    async () => ["--task-id", "t", "--service-url", await deadUrl(), "--data", join(folder, "crowded"), "--port", "0"],
  ],
]) {
  test(`one client with ${HELD} connections does not shut others out of a ${command}`, async () => {
    const target = startDbsharing([command, ...(await args())]);
    const { url } = await target.next(({ event }) => event === "listening");
    for (const [what, part] of Object.entries(parts)) {
      const leave = await hold(url, part);
      for (let left = HONEST; left > 0; left -= 1) {
        const [response] = await once(http.get(url + path, { agent: false }), "response");
        assert.equal(response.resume().statusCode, 200, `while others ${what}`);
      }
      leave();
    }
    assert.equal(await target.stop(), 0, target.stderr());
  });
}

// Input

/** Runs a command with endless standard input. Resolves with its output and the number of bytes that it read. */
async function withEndlessInput(args) {
  const child = spawn(process.execPath, [MAIN, ...args], { timeout: LONG_MS });
  const run = { stdout: "", stderr: "", bytes: 0 };
  for (const name of ["stdout", "stderr"]) child[name].setEncoding("utf8").on("data", (text) => (run[name] += text));
  const chunk = Buffer.alloc(MIB, " ");
  const more = () => {
    while (!child.stdin.destroyed && child.stdin.write(chunk)) run.bytes += chunk.length;
    run.bytes += chunk.length;
  };
  child.stdin.on("error", () => {}).on("drain", more);
  more();
  [run.code] = await once(child, "close");
  return run;
}

test("an endless body on standard input is refused when it is too long", async () => {
  const run = await withEndlessInput(["verify", "-"]);
  assertSentence(run, 1, /standard input is longer than 67\.1 MB; --max-bytes N allows more \(BODY_TOO_LARGE\)/);
  assert.ok(run.bytes < 80 * MIB, `${run.bytes} bytes`);
});

test("endless data and keys are refused", async () => {
  for (const args of [
    ["publish", "--to", "http://a"],
    ["sign", "--key", "/dev/zero"],
  ]) {
    const run = await withEndlessInput(args);
    assertSentence(run, 1, /standard input is longer than 1\.0 MB; wanted one record \(BODY_TOO_LARGE\)/);
    assert.ok(run.bytes < 8 * MIB, `${run.bytes} bytes`);
  }
  const key = await dbsharing(["sign", "--key", "/dev/zero"], { input: DATA });
  assertSentence(key, 1, /\/dev\/zero is longer than 16\.4 kB; wanted a key of 64 or 32 bytes/);
  assertSentence(await dbsharing(["verify", "/dev/zero"]), 1, /\/dev\/zero is longer than/);
});

test("verify reads at most --max-bytes bytes and a million items", async () => {
  const input = "[{}]";
  assert.equal((await dbsharing(["verify", "-", "--max-bytes", "4"], { input })).stderr, "");
  assertSentence(await dbsharing(["verify", "-", "--max-bytes", "3"], { input }), 1, /longer than 3 bytes/);
  const many = `[${'{"a":[1,"\\",]"]},'.repeat(1_000_000)}{}]`;
  assertSentence(
    await dbsharing(["verify", "-"], { input: many }),
    1,
    /the body has too many items; wanted at most 1 000 000 \(TOO_MANY_ITEMS\)/,
  );
  const one = await dbsharing(["verify", "-", "--json"], { input: `[[${"1,".repeat(1_000_000)}1]]` });
  assert.equal(JSON.parse(one.stdout).items, 1);
});

test("a folder is refused as input, on standard input too", async () => {
  const descriptor = openSync(folder, "r");
  for (const args of [
    ["verify", "-"],
    ["import", "-", "--db", join(folder, "none")],
    ["publish", "--to", "http://a"],
  ]) {
    const child = spawn(process.execPath, [MAIN, ...args], { stdio: [descriptor, "pipe", "pipe"] });
    let stderr = "";
    child.stderr.setEncoding("utf8").on("data", (text) => (stderr += text));
    const [code] = await once(child, "close");
    assertSentence({ code, stdout: "", stderr }, 2, /cannot read standard input: it is a folder/);
  }
  closeSync(descriptor);
  assertSentence(await dbsharing(["sign", "--key", folder], { input: DATA }), 2, /it is a folder/);
});

// Output

test("a full disk behind standard output is reported in a sentence", {
  skip: !existsSync("/dev/full") && "no /dev/full",
}, async () => {
  const body = join(folder, "body.json");
  await writeFile(body, "[{}]");
  for (const args of [["--help"], ["verify", body], ["keygen"], ["service", "--port", "0"]]) {
    const full = openSync("/dev/full", "w");
    const child = spawn(process.execPath, [MAIN, ...args], { stdio: ["ignore", full, "pipe"] });
    closeSync(full);
    let stderr = "";
    child.stderr.setEncoding("utf8").on("data", (text) => (stderr += text));
    const [code] = await once(child, "close");
    assert.match(stderr, /cannot write to standard output: the disk is full/, args[0]);
    assert.equal(code, 2);
  }
});

test("a node goes on when the reader of its standard error leaves", async () => {
  const place = ["--data", join(folder, "unheard"), "--port", "0", "--interval", "0.1"];
  const node = startDbsharing(["node", "--task-id", "t", "--service-url", await deadUrl(), ...place]);
  node.child.stderr.destroy();
  await node.next(({ event }) => event === "round");
  assert.equal(await node.stop(), 0);
});
