// How the demo shows the network: a table that is drawn over and over on a terminal, a line for each change elsewhere.

import { count } from "../output.js";

const UP_AND_CLEAR = (lines) => `\u001b[${lines}A\u001b[J`;
const HIDE_CURSOR = "\u001b[?25l";
const SHOW_CURSOR = "\u001b[?25h";
const DIGEST_SHOWN = 12; // hex digits
const COLUMNS = [
  { title: "", width: 17 },
  { title: "records", width: 8, isNumber: true },
  { title: "digest", width: DIGEST_SHOWN },
  { title: "rounds", width: 6, isNumber: true },
  { title: "last round" },
];
const GAP = "  ";

/** Shows notes, which stay, and one table, which changes; `end()` leaves the table as it is. */
export function createScreen(output) {
  return output.isLive ? liveScreen(output) : plainScreen(output);
}

function liveScreen(output) {
  let drawn = [];
  let hasEnded = false;
  const restoreCursor = () => output.draw(SHOW_CURSOR);
  process.once("exit", restoreCursor);

  function draw(lines, notes = []) {
    const erase = drawn.length > 0 ? UP_AND_CLEAR(drawn.length) : "";
    output.draw(`${HIDE_CURSOR}${erase}`, [...notes, ...lines]);
    drawn = lines;
  }

  return {
    show(network, wanted) {
      if (!hasEnded) draw(["", ...tableOf(network, wanted, output), ""]);
    },
    note: (text) => draw(drawn, [text]),
    end() {
      hasEnded = true;
      restoreCursor();
      process.off("exit", restoreCursor);
    },
  };
}

function plainScreen(output) {
  const shown = new Map(); // node → the digest that was printed last
  return {
    show(network) {
      for (const { name, rounds } of network.nodes) {
        const last = rounds.at(-1);
        if (!last?.records || shown.get(name) === last.digest) continue;
        shown.set(name, last.digest);
        output.line(
          `         ${name} holds ${count(last.records, "record")}, digest ${shortDigest(last)}, after round ${rounds.length}`,
        );
      }
    },
    note: (text) => output.line(text),
    end() {},
  };
}

/** The lines of the table: one for every node, then the peers that are not ours. */
function tableOf({ nodes, legacy }, wanted, { style, size }) {
  const { columns, rows: height } = size();
  const colours = digestColours(nodes);
  const rows = [
    COLUMNS.map(({ title }) => [title, style.dim]),
    ...nodes.map((node) => nodeCells(node, wanted, colours, style)),
    otherCells("hand-written peer", legacy.records, "runs without this package", style),
    otherCells("hostile peer", "", "serves forgeries and error pages", style),
    otherCells("dead address", "", "nobody answers", style),
  ];
  // What has scrolled away cannot be drawn over.
  return rows.slice(0, height - 3).map((cells) => rowOf(cells, columns));
}

function nodeCells({ name, rounds }, wanted, colours, style) {
  const last = rounds.at(-1);
  if (!last) return [[name], [""], [""], [""], ["starting", style.dim]];
  return [
    [name],
    [last.records, last.records >= wanted ? style.green : undefined],
    [shortDigest(last), style[colours.get(last.digest)]],
    [rounds.length],
    [roundOf(last), style.dim],
  ];
}

function otherCells(name, records, text, style) {
  return [[name], [records, style.dim], [""], [""], [text, style.dim]];
}

// The last cell is cut at the terminal's edge: a line that wraps would be two of them when the table is drawn again.
function rowOf(cells, columns) {
  let room = columns - 1 - GAP.length;
  const padded = cells.map(([text, paint = String], index) => {
    const { width = Math.max(0, room), isNumber } = COLUMNS[index];
    const fitted = isNumber ? String(text).padStart(width) : text.padEnd(width).slice(0, width);
    room -= fitted.length + GAP.length;
    return paint(fitted);
  });
  return GAP + padded.join(GAP);
}

function shortDigest({ digest }) {
  return digest.slice(0, DIGEST_SHOWN);
}

function roundOf({ report: { peers, totals, durationMs } }) {
  const counts = ["synced", "unchanged", "empty", "failed", "skipped"]
    .map((outcome) => [peers.filter((peer) => peer.outcome === outcome).length, outcome])
    .filter(([number]) => number > 0)
    .map(([number, outcome]) => `${number} ${outcome}`);
  return [...counts, `${totals.inserted + totals.replaced} written`, `${Math.round(durationMs)} ms`].join(", ");
}

// What most nodes hold is green: the table turns green from node to node as they come to agree.
function digestColours(nodes) {
  const counts = new Map();
  for (const { rounds } of nodes) {
    const digest = rounds.at(-1)?.digest;
    if (digest) counts.set(digest, (counts.get(digest) ?? 0) + 1);
  }
  const [most] = [...counts].sort(([, a], [, b]) => b - a);
  return new Map([...counts.keys()].map((digest) => [digest, digest === most[0] && most[1] > 1 ? "green" : "yellow"]));
}
