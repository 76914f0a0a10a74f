// What a command prints: lines for people or JSON for programs on stdout, warnings on stderr, colour on terminals.
// Whatever the texts hold, the only control characters that leave are those of this file and of the demo's screen.

import { randomUUID } from "node:crypto";

import { printable, spelledOut } from "../core/printable.js";

// Stands for the begin of a colour until the text is made printable. No text from elsewhere can guess it.
const MARK = `\u0000${randomUUID()}`;
const CODES = { bold: 1, dim: 2, red: 31, green: 32, yellow: 33, cyan: 36 };

/**
 * The output of one command. `line` prints for people only, `event` for programs only, `json` for both; `warn` goes to
 * stderr, and so never between the JSON lines. `style.green(text)` and the like colour where colour is wanted. A text is
 * one line, whatever it holds.
 */
export function createOutput({ isJson = false, stdout = process.stdout, stderr = process.stderr, env = process.env } = {}) {
  const isLive = !isJson && Boolean(stdout.isTTY) && env.TERM !== "dumb";
  return {
    isJson,
    isLive,
    /** The terminal's size, which may change. */
    size: () => ({ columns: stdout.columns || 100, rows: stdout.rows || 50 }),
    style: styles(isLive && !env.NO_COLOR),
    line: (text = "") => void (isJson || stdout.write(`${shown(text)}\n`)),
    event: (event) => void (isJson && stdout.write(jsonLine(event))),
    json: (value) => void stdout.write(jsonLine(value)),
    warn: (text) => void stderr.write(`${shown(text)}\n`),
    /** Writes control codes of the caller's own, and lines after them. */
    draw: (codes, lines = []) => void stdout.write(codes + lines.map((line) => `${shown(line)}\n`).join("")),
  };
}

function jsonLine(value) {
  return `${printable(JSON.stringify(value))}\n`;
}

// Styles come after escaping, so that no text can bring its own.
function shown(text) {
  const [plain, ...styled] = String(text).split(MARK);
  return spelledOut(plain) + styled.map(withColour).join("");
}

function withColour(part) {
  const end = part.indexOf("m");
  return `\u001b[${part.slice(0, end)}m${spelledOut(part.slice(end + 1))}`;
}

function styles(hasColour) {
  const paint = (code) => (text) => (hasColour ? `${MARK}${code}m${text}${MARK}0m` : String(text));
  return Object.fromEntries(Object.entries(CODES).map(([name, code]) => [name, paint(code)]));
}

/** A count with its noun: `1 record`, `1 200 records`. */
export function count(number, noun) {
  return `${grouped(number)} ${noun}${number === 1 ? "" : "s"}`;
}

/** A number with spaces between its thousands. */
export function grouped(number) {
  return String(number).replace(/\B(?=(\d{3})+$)/g, " ");
}

/** A number of bytes as people say it: `512 bytes`, `6.3 kB`, `1.2 MB`. */
export function bytes(number) {
  if (number < 1000) return count(number, "byte");
  const [unit, size] = number < 1_000_000 ? ["kB", 1000] : ["MB", 1_000_000];
  return `${(number / size).toFixed(1)} ${unit}`;
}

/** Counts by code, most first: `BAD_SIGNATURE 12, BAD_KEY 3`. */
export function codeCounts(counts) {
  return Object.entries(counts)
    .sort(([, a], [, b]) => b - a)
    .map(([code, times]) => `${code} ${grouped(times)}`)
    .join(", ");
}
