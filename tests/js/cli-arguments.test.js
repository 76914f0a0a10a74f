// Wrong values of options: each is refused at the start with a sentence that says what was wanted.
import assert from "node:assert/strict";
import { test } from "node:test";

import { httpUrl, parseCommandLine } from "../../js/cli/arguments.js";
import { command as node } from "../../js/cli/commands/node.js";
import { command as publish } from "../../js/cli/commands/publish.js";
import { checkedOptions } from "../../js/cli/node-options.js";

const GOOD = { "task-id": "t", "service-url": "http://a", data: "d", port: "1" };

function nodeOptionsOf(more) {
  const args = Object.entries({ ...GOOD, ...more }).map(([name, value]) => `--${name}=${value}`);
  return checkedOptions(parseCommandLine(node, args).values);
}

const usage = (pattern) => (error) => {
  assert.match(error.message, pattern);
  assert.deepEqual([error.code, error.exitCode], ["USAGE", 2]);
  return true;
};

const NO_NAMES = [
  "",
  "a b/c",
  "a/b",
  "a\\b",
  ".",
  "..",
  "a?b",
  "a#b",
  "a%2fb",
  "a\nb",
  "a\u200bb",
  "a\ud800",
  "x".repeat(129),
  "undefined",
  "null",
];

const notAName = (name) =>
  new RegExp(
    `^--${name} is (".*", which .*; wanted a name that can be part of a path|empty; wanted the (id|name) of .*)$`,
    "s",
  );

for (const text of NO_NAMES) {
  test(`${JSON.stringify(text.slice(0, 20))} is refused as a task id and as a collection`, () => {
    for (const name of ["task-id", "collection"]) {
      assert.throws(() => nodeOptionsOf({ [name]: text }), usage(notAName(name)));
      assert.throws(() => parseCommandLine(publish, ["--to=http://a", `--${name}=${text}`]), usage(notAName(name)));
    }
  });
}

test("a valid task id is accepted", () => {
  for (const text of [
    "t",
    "a.b~c-d_e",
    "x".repeat(128),
    "é🙂",
    "a:b@c+d",
    "...",
    "7vrFqcU3sVHMBMRr1XcFAKWGDuJSaTzHfkyqQ7KbWWX3",
  ]) {
    assert.equal(nodeOptionsOf({ "task-id": text }).taskId, text);
  }
});

for (const [text, pattern] of [
  ["x", /is "x"; wanted an address like http:\/\/127\.0\.0\.1:8080$/],
  ["", /is empty; wanted the address/],
  ["ftp://a", /is "ftp:\/\/a"; wanted an address like http:/],
  ["http://a/?b", /has a query, after which no path can be added; wanted an address like http:\/\/a$/],
  ["http://a#b", /a fragment, which is never sent/],
  ["http://name:secret@a", /has a user or a password, which others would see/],
  ["http://:secret@a", /has a user or a password, which others would see/],
  ["localhost:30017", /did you mean http:\/\/localhost:30017\?$/],
  ["127.0.0.1:80/x", /did you mean http:\/\/127\.0\.0\.1:80\/x\?$/],
]) {
  test(`${JSON.stringify(text)} is refused as an address`, () => {
    for (const name of ["service-url", "peer", "public-url"]) {
      assert.throws(
        () => nodeOptionsOf({ [name]: text }),
        (error) => {
          assert.doesNotMatch(error.message, /secret/);
          assert.match(error.message, new RegExp(`^--${name} (is|has) .*; wanted `));
          return usage(pattern)(error);
        },
      );
    }
  });
}

test("an address is kept as it is, except for slashes at its end", () => {
  assert.equal(httpUrl("http://a.example:8080/x//", "to"), "http://a.example:8080/x");
  assert.equal(httpUrl("HTTP://é.example", "to"), "http://xn--9ca.example");
});

for (const [more, pattern] of [
  [{ data: "" }, /--data is empty; wanted a folder for the database/],
  [{ interval: "0" }, /--interval is "0"; wanted a number of seconds from 0\.1 to 86400/],
  [{ interval: "soon" }, /--interval is "soon"; wanted a number/],
  [{ "peer-timeout": "0" }, /--peer-timeout is "0"; wanted a number of seconds from 0\.1 to 3600/],
  [{ port: "-1" }, /--port is "-1"; wanted a whole number from 0 to 65535/],
  [{ host: "0.0.0.0" }, /--host 0\.0\.0\.0 is every address of this machine; wanted in --public-url: the one/],
  [{ "public-url": "http://[::]:80" }, /--public-url http:\/\/\[::\]:80 is every address of this machine/],
  [{ "log-level": "loud" }, /--log-level is "loud"; wanted debug, info, warn, error or silent/],
]) {
  test(`node refuses ${JSON.stringify(more)}`, () => {
    assert.throws(() => nodeOptionsOf(more), usage(pattern));
  });
}

test("seconds become milliseconds", () => {
  const { intervalMs, peerTimeoutMs } = nodeOptionsOf({ interval: "0.5", "peer-timeout": "2" });
  assert.deepEqual([intervalMs, peerTimeoutMs], [500, 2000]);
});

test("all missing options are named in one sentence", () => {
  assert.throws(
    () => parseCommandLine(node, []),
    usage(/^--task-id, --service-url, --port and --data or --memory are missing$/),
  );
  assert.throws(() => parseCommandLine(node, ["--memory", "--port=1"]), usage(/^--task-id and --service-url are missing$/));
  assert.throws(
    () => parseCommandLine(node, ["--memory", "--port=1", "--task-id=t"]),
    usage(/^--service-url is missing; wanted/),
  );
});
