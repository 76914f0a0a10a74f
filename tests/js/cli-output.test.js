// The output of the command line: no text can control a terminal or forge a line.
import assert from "node:assert/strict";
import { test } from "node:test";

import { createOutput } from "../../js/cli/output.js";
import { printable, spelledOut } from "../../js/core/printable.js";

const STEERING = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}]/u;
const EVERY_CHARACTER = Array.from({ length: 0x110000 }, (_, code) => String.fromCodePoint(code));
const STEERING_CHARACTERS = EVERY_CHARACTER.filter((character) => STEERING.test(character));

/** A stream that keeps its output: `{ stream, written }`. */
function terminal({ isTTY }) {
  const screen = { written: "", stream: { isTTY, write: (text) => void (screen.written += text) } };
  return screen;
}

test("the unprintable characters are the harmful ones: escapes, C1, bidi overrides, line ends, lone surrogates", () => {
  for (const character of [
    "\u001b",
    "\u0007",
    "\r",
    "\n",
    "\u007f",
    "\u009b",
    "\u0085",
    "\u2028",
    "\u2029",
    "\u202e",
    "\u2066",
    "\u200b",
    "\ufeff",
    "\ud800",
    "\u{e0041}",
  ])
    assert.ok(STEERING_CHARACTERS.includes(character), spelledOut(character));
});

test("each unprintable character is spelled out, and all others are kept", () => {
  for (const character of STEERING_CHARACTERS) assert.match(spelledOut(`a${character}b`), /^a\\(?:[nrt]|u\{[0-9a-f]+\})b$/);
  const rest = EVERY_CHARACTER.filter((character) => !STEERING.test(character)).join("");
  assert.equal(spelledOut(rest), rest);
});

test("printed JSON has the same meaning and no such character", () => {
  const value = { [STEERING_CHARACTERS.join("")]: `é🙂${STEERING_CHARACTERS.join("")}` };
  const text = printable(JSON.stringify(value));
  assert.doesNotMatch(text, STEERING);
  assert.deepEqual(JSON.parse(text), value);
});

test("colours come only from styles, and a text inside a style cannot add any", () => {
  const { stream: stdout } = terminal({ isTTY: true });
  const screen = terminal({ isTTY: true });
  const output = createOutput({ stdout: { ...stdout, ...screen.stream }, stderr: stdout, env: {} });
  const hostile = "\u001b[2J\u001b[31m\u0000x";
  output.line(`${hostile} ${output.style.green(hostile)} ${hostile}`);
  const spelled = "\\u{1b}[2J\\u{1b}[31m\\u{0}x";
  assert.equal(screen.written, `${spelled} \u001b[32m${spelled}\u001b[0m ${spelled}\n`);
});

test("a text is one line, with and without --json, on both streams", () => {
  for (const isJson of [false, true]) {
    const [out, err] = [terminal({ isTTY: false }), terminal({ isTTY: false })];
    const output = createOutput({ isJson, stdout: out.stream, stderr: err.stream, env: {} });
    output.line("a\nforged\r\u2028line");
    output.event({ url: "a\nforged\u009b\u2028line" });
    output.warn("a\nforged line");
    for (const { written } of [out, err]) {
      assert.equal(written.indexOf("\n"), written.length - 1);
      assert.doesNotMatch(written.slice(0, -1), STEERING);
    }
  }
});

test("a screen's own control codes are written, and those in its lines are not", () => {
  const screen = terminal({ isTTY: true });
  createOutput({ stdout: screen.stream, env: {} }).draw("\u001b[J", ["one\u001b[2J", "two"]);
  assert.equal(screen.written, "\u001b[Jone\\u{1b}[2J\ntwo\n");
});
