// What a command prints: lines for people or JSON for programs on stdout, warnings on stderr, colour on terminals.

const CODES = { bold: 1, dim: 2, red: 31, green: 32, yellow: 33, cyan: 36 };

/**
 * The output of one command. `line` prints for people only, `event` for programs only; `warn` goes to stderr, and so
 * never between the JSON lines. `style.green(text)` and the like colour where colour is wanted.
 */
export function createOutput({
  json = false,
  stdout = process.stdout,
  stderr = process.stderr,
  env = process.env,
} = {}) {
  const isLive = !json && Boolean(stdout.isTTY) && env.TERM !== "dumb";
  return {
    json,
    isLive,
    /** The terminal's size, which may change. */
    size: () => ({ columns: stdout.columns || 100, rows: stdout.rows || 50 }),
    style: styles(isLive && !env.NO_COLOR),
    line: (text = "") => void (json || stdout.write(`${text}\n`)),
    event: (event) => void (json && stdout.write(`${JSON.stringify(event)}\n`)),
    raw: (text) => void stdout.write(text),
    warn: (text) => void stderr.write(`${text}\n`),
  };
}

function styles(hasColour) {
  const paint = (code) => (text) => (hasColour ? `\u001b[${code}m${text}\u001b[0m` : String(text));
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
