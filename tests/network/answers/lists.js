// Good lists, in every shape that peers are known to send.

import { sendJson } from "../server.js";

const synced = { outcome: "synced", requests: 1, keeps: "all" };
const both = (answer) => (response, context) => {
  if (context.list !== "all") return response.writeHead(404).end("Not found");
  return answer(response, context);
};

export const listAnswers = {
  "seed-style": {
    says: 'answers /all with items { key: "linktree:<publicKey>", value: record }, as the first generation does',
    expected: synced,
    answer: both((response, { items }) => sendJson(response, items)),
  },
  "bare-records": {
    says: "answers /all with bare records",
    expected: synced,
    answer: both((response, { records }) => sendJson(response, records)),
  },
  "mixed-shapes": {
    says: "answers /all with wrapped and bare records in turn",
    expected: synced,
    answer: both((response, { items, records }) =>
      sendJson(
        response,
        records.map((record, index) => (index % 2 ? record : items[index])),
      ),
    ),
  },
  "list-only": {
    says: "has no /all, only /list with bare records, as later generations",
    expected: { outcome: "synced", requests: 2, keeps: "all" },
    again: { requests: 1 },
    answer(response, { list, records }) {
      if (list === "list") sendJson(response, records);
      else response.writeHead(404).end("Cannot GET this");
    },
  },
  "html-content-type": {
    says: "sends its list as text/html",
    expected: synced,
    answer: both((response, { items }) => sendJson(response, JSON.stringify(items), { type: "text/html" })),
  },
  "byte-order-mark": {
    says: "puts a byte order mark before its list",
    expected: synced,
    answer: both((response, { items }) => sendJson(response, `\ufeff${JSON.stringify(items)}`)),
  },
  "pretty-printed": {
    says: "indents its list and sends it seven bytes at a time, so that tokens and characters are split between chunks",
    expected: synced,
    answer: both((response, { items }) => sendInPieces(response, Buffer.from(JSON.stringify(items, null, 3)), 7)),
  },
  "broken-utf8": {
    says: "adds a copy of a record with a byte that is not UTF-8 in its data",
    expected: { outcome: "synced", requests: 1, keeps: "all", rejected: { BAD_SIGNATURE: 1 } },
    answer: both((response, { items, records }) => {
      const [before, after] = JSON.stringify([...items, alteredCopy(records[0], "@@")]).split("@@");
      sendJson(response, Buffer.concat([Buffer.from(before), Buffer.from([0xff, 0xc3, 0x28]), Buffer.from(after)]));
    }),
  },
  "old-database": {
    says: "adds what old databases hold: stripped records, an Ethereum key, null, a number, a string, a list",
    expected: { outcome: "synced", requests: 1, keeps: "all", rejected: { BAD_SHAPE: 6, UNSUPPORTED_KEY: 1 } },
    answer: both((response, { items, records }) => sendJson(response, [...items, ...leftovers(records[0])])),
  },
};

function leftovers(record) {
  const { uuid, linktree, timestamp } = record.data;
  const ethereum = { ...record, publicKey: `0x${"52908400098527886E0F7030069857D2E4169EE7"}` };
  const stripped = { key: "linktree:stripped", value: { uuid, linktree, timestamp } };
  return [{ uuid, linktree, timestamp }, stripped, ethereum, null, 7, "linktree", [record]];
}

// Newer than the record, or it would be taken for the record itself, which is known by timestamp and signature.
function alteredCopy(record, text) {
  return { ...record, data: { ...record.data, altered: text, timestamp: record.data.timestamp + 1 } };
}

function sendInPieces(response, bytes, pieceBytes) {
  response.writeHead(200, { "content-type": "application/json" });
  for (let at = 0; at < bytes.length; at += pieceBytes) response.write(bytes.subarray(at, at + pieceBytes));
  response.end();
}
