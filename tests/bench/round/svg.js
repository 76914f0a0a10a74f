// Charts of horizontal bars as SVG, readable on light and dark pages, without scripts and fonts.

const WIDTH = 780;
const MARGIN = 20;
const LABELS = 290;
const BARS = 320;
const ROW = 26;
const HEAD = 62;
const GROUP_HEAD = 34;

const STYLE = `
  .page { fill: #ffffff } text { font: 13px system-ui, sans-serif; fill: #1f2328 }
  .title { font-size: 17px; font-weight: 600 } .group { font-weight: 600 } .quiet { fill: #59636e; font-size: 12px }
  .line { stroke: #d1d9e0 } .bar { fill: #9aa4af } .own { fill: #1a7f5a } .rival { fill: #d4862b }
  @media (prefers-color-scheme: dark) {
    .page { fill: #0d1117 } text { fill: #e6edf3 } .quiet { fill: #9198a1 } .line { stroke: #30363d }
    .bar { fill: #6b7580 } .own { fill: #3fb68b } .rival { fill: #e3a35c }
  }`;

/**
 * One chart as text. A bar is `{ label, value, text, kind }`: `text` says the value, `kind` is "own", "rival" or "bar".
 * Groups of the same unit have the same scale.
 *
 * @param {{ title: string, note: string, groups: { title: string, unit: string, bars: object[] }[],
 *   logarithmic?: boolean }} chart
 */
export function barChart({ title, note, groups, logarithmic = false }) {
  const parts = [];
  let top = HEAD;
  for (const group of groups) {
    const values = valuesOf(groups.filter(({ unit }) => unit === group.unit));
    parts.push(groupOf(group, top, logarithmic ? logarithmicLength(values) : linearLength(values)));
    top += GROUP_HEAD + group.bars.length * ROW;
  }
  const height = top + MARGIN;
  const size = `viewBox="0 0 ${WIDTH} ${height}"`;
  return `${[
    `<svg xmlns="http://www.w3.org/2000/svg" ${size} role="img" aria-label="${escaped(title)}">`,
    `<style>${STYLE}\n</style>`,
    `<rect class="page" width="${WIDTH}" height="${height}"/>`,
    text(MARGIN, 30, title, "title"),
    text(MARGIN, 50, logarithmic ? `${note}; logarithmic scale` : note, "quiet"),
    ...parts,
    "</svg>",
  ].join("\n")}\n`;
}

function valuesOf(groups) {
  return groups.flatMap(({ bars }) => bars.map(({ value }) => value));
}

function groupOf({ title, bars }, top, lengthOf) {
  const firstRow = top + GROUP_HEAD;
  const left = MARGIN + LABELS;
  const bottom = firstRow + bars.length * ROW;
  const axis = `<line class="line" x1="${left}" x2="${left}" y1="${firstRow - 4}" y2="${bottom}"/>`;
  const rows = bars.map((bar, row) => barOf(bar, firstRow + row * ROW, lengthOf(bar.value)));
  return [text(MARGIN, top + 22, title, "group"), axis, ...rows].join("\n");
}

function barOf({ label, text: valueText, kind }, top, length) {
  const left = MARGIN + LABELS;
  return [
    text(MARGIN, top + 15, label),
    `<rect class="${kind}" x="${left}" y="${top + 2}" width="${length.toFixed(1)}" height="${ROW - 8}" rx="2"/>`,
    text(left + length + 8, top + 15, valueText),
  ].join("\n");
}

function linearLength(values) {
  const most = Math.max(...values);
  return (value) => (most > 0 ? (BARS * value) / most : 0);
}

/** The scale begins at the power of ten below the least value above zero, so that its bar is visible too. */
function logarithmicLength(values) {
  const above = values.filter((value) => value > 0);
  const from = Math.floor(Math.log10(Math.min(...above)) - 0.1);
  const decades = Math.log10(Math.max(...above)) - from;
  return (value) => (value > 0 ? (BARS * (Math.log10(value) - from)) / decades : 0);
}

function text(x, y, content, kind) {
  return `<text x="${x.toFixed(1)}" y="${y}"${kind ? ` class="${kind}"` : ""}>${escaped(content)}</text>`;
}

function escaped(content) {
  const names = { "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;" };
  return content.replace(/[&<>"]/g, (character) => names[character]);
}
