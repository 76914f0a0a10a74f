// Numbers as text for a terminal.

/** Columns as wide as their widest cell; the first is aligned to the left. */
export function table(titles, rows) {
  const lines = [titles, ...rows];
  const widths = titles.map((_, column) => Math.max(...lines.map((line) => line[column].length)));
  const text = (line) =>
    line.map((cell, column) => (column === 0 ? cell.padEnd(widths[0]) : cell.padStart(widths[column]))).join("  ");
  const rule = "─".repeat(widths.reduce((sum, width) => sum + width + 2, -2));
  return [text(titles), rule, ...rows.map(text)].join("\n");
}

/** 12345 as "12 345". */
export function grouped(number) {
  return String(Math.round(number)).replace(/\B(?=(\d{3})+$)/g, " ");
}

/** A median and its spread as "10 (9–12)"; the median alone where all turns say the same. */
export function withSpread(median, [from, to], text) {
  return from === to ? text(median) : `${text(median)} (${text(from)}–${text(to)})`;
}

/** 2 as "2.00×"; nothing for what is no number. */
export const times = (ratio) => (Number.isFinite(ratio) ? `${ratio.toFixed(2)}×` : "");

/** The packages that a run measured, and what it ran on. */
export function machineLines({ packages, ...run }) {
  const versions = Object.entries(packages).map(([name, version]) => `${name} ${version}`);
  return [
    `dbsharing ${run.dbsharing}, its wasm ${grouped(run.wasmBytes)} bytes; ${run.rustc ?? "no rustc"}`,
    `${run.cpu}, ${run.cores} cores; Node ${run.node}, V8 ${run.v8}, OpenSSL ${run.openssl}`,
    versions.join(", "),
  ];
}
