// Honest peers that close their connections in every way, met for the first time by every runtime: the process has
// no event, no whole body is reported as cut, and every record is held.
import assert from "node:assert/strict";
import { test } from "node:test";
import { reasonToSkip } from "../package/engines.js";
import { cellsOf, clients, isAsPromised, meetAll } from "./clients.js";

const CONTACTS = 10;

/** How long a client may run after its last round, on a busy machine. With nothing left open it is a fraction of a second. */
const MAX_AFTERLIFE_MS = 4_000;

await test("peers that close in every way are met by", { concurrency: 2 }, (context) =>
  Promise.all(clients.map((client) => context.test(client.name, { skip: reasonToSkip(client.engine) }, () => meets(client)))),
);

async function meets(client) {
  const { lines, exit, stderr, livedOnMs } = await meetAll(client, CONTACTS);
  assert.deepEqual(
    lines.filter((line) => !isAsPromised(line)),
    [],
  );
  assert.equal(exit, 0, `the process ended with ${exit} after ${lines.at(-1)?.name ?? "nothing"}:\n${stderr}`);
  assert.ok(livedOnMs < MAX_AFTERLIFE_MS, `it lived ${livedOnMs} ms after its last round`);
  assert.deepEqual(
    lines.map(({ name }) => name),
    cellsOf(client).map(({ name }) => name),
  );
}
