// The questions that every runtime gets: a body of good, bad and odd items, and a network on this machine.
import { readFileSync } from "node:fs";
import bs58 from "bs58";
import { asItems, BASE_MS, record, records, signed, signer } from "../js/fixtures/records.js";
import { startPeer } from "../network/peers.js";
import { deadUrl } from "../network/free-port.js";
import { sendJson, serve } from "../network/server.js";

const taskId = "task";
const now = BASE_MS + 60_000;

/** Peers whose report has to be the same everywhere. Each has records of its own, so their order changes nothing. */
const kinds = [
  "express-send",
  "seed-style",
  "list-only",
  "mixed-shapes",
  "byte-order-mark",
  "pretty-printed",
  "broken-utf8",
  "old-database",
  "two-mebibyte-item",
  "redirect-302",
  "stopped-task",
  "error-500",
  "empty-list",
  "truncated-in-item",
  "text-after-list",
];
const hanging = "hangs-in-body";

/** Starts the network. Resolves with the questions and `kindOf`, which maps the url of each peer to its kind. */
export async function startNetwork() {
  const open = [];
  const started = async (starting) => {
    open.push(await starting);
    return open.at(-1).url;
  };
  const list = (urls) =>
    started(
      serve((_, response) =>
        sendJson(
          response,
          urls.map((url) => ({ data: { url } })),
        ),
      ),
    );
  const kindOf = { [await deadUrl()]: "nobody-listens" };
  for (const kind of kinds) {
    kindOf[await started(startPeer(kind, { taskId, records: records(5, { prefix: kind }) }))] = kind;
  }
  const serviceUrl = await list(Object.keys(kindOf));
  const hangingUrl = await started(startPeer(hanging, { taskId, records: records(5, { prefix: hanging }) }));
  kindOf[hangingUrl] = hanging;
  const network = { now, taskId, serviceUrl, hangingServiceUrl: await list([hangingUrl]) };
  return { questions: { judge, network }, kindOf, close: () => Promise.all(open.map((server) => server.close())) };
}

const vectors = (name) => JSON.parse(readFileSync(new URL(`../vectors/${name}.json`, import.meta.url), "utf8"));

const oddData = { label: "emoji \u{1f642}, line\u2028end", 10: 1e21, 2: -0.1, nothing: null };
const good = record("good", { linktree: [oddData] });
const lone = record("lone \ud800 surrogate");
const tampered = { ...good, data: { ...good.data, linktree: [] } };
const withText = (from, to) => JSON.stringify(good).replace(from, () => to);

/** Items as text, because JSON.stringify would never write some of them. */
const items = [
  ...asItems([good]),
  lone,
  tampered,
  { ...good, signature: undefined },
  { ...good, publicKey: `0x${"00".repeat(20)}` },
  { ...good, publicKey: "1".repeat(32) },
  { ...good, signature: `${good.signature}1` },
  record(""),
  record(7),
  record("no time", { timestamp: null }),
  record("half a time", { timestamp: 1.5 }),
  record("too early", { timestamp: now + 600_001 }),
  record("just in time", { timestamp: now + 600_000 }),
  signed({ uuid: "deep", timestamp: 1, deep: nested(200) }),
  record("by another", { by: signer(2) }),
  null,
  7,
  "text",
  [good],
  {},
].map((item) => JSON.stringify(item));
items.push(
  withText('"uuid":"good"', '"uuid":"bad","\\u0075uid":"g\\u006fod"'),
  withText('"timestamp":1700000000000', '"timestamp":1.7e12'),
  withText('"timestamp":1700000000000', '"timestamp":1e400'),
  withText('"data":{', '"data":{"__proto__":1,'),
);

function nested(depth) {
  return depth === 0 ? [] : [nested(depth - 1)];
}

const text = ` [${items.join(" ,\n")}]`;

/** Bodies that only bytes can express: a byte order mark, and text that is not UTF-8. */
const bytes = Buffer.from(`\ufeff${JSON.stringify([good, tampered, good])}`);
bytes[bytes.lastIndexOf("line")] = 0xff;

const numbers = (hex) => [...Buffer.from(hex, "hex")];
const crafted = [...vectors("speccheck"), ...vectors("verdicts").slice(0, 40)];
const signatures = crafted.map(({ publicKey, message, signature }) => ({
  publicKey: numbers(publicKey),
  message: numbers(message),
  signature: numbers(signature),
}));

const mine = signed({ uuid: "mine", linktree: [], timestamp: BASE_MS }, signer(3));
const signature = [...bs58.decode(mine.signature)];

const judge = {
  text,
  bytes: [...bytes],
  now,
  signatures,
  signature,
  data: mine.data,
  secretKey: [...signer(3).seed],
  message: bs58.encode([...signature, ...Buffer.from(JSON.stringify(mine.data))]),
};
