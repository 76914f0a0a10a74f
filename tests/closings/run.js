// npm run test:closings [CONTACTS] [CLIENT]
// The matrix of closing peers with many more first contacts than the test has: CONTACTS for each cell, default 100, by
// all clients, or by those whose names contain CLIENT.
import { cpus } from "node:os";
import { pathOf } from "../package/engines.js";
import { cellsOf, clients, isAsPromised, meetAll } from "./clients.js";

const [contacts = "100", word = ""] = process.argv.slice(2);
const waiting = clients.filter(({ name, engine }) => name.includes(word) && pathOf(engine) !== undefined);
let isGood = waiting.length > 0;

async function work() {
  for (let client = waiting.shift(); client; client = waiting.shift()) say(client, await meetAll(client, Number(contacts)));
}

function say(client, { lines, exit, stderr, livedOnMs }) {
  const met = lines.reduce((sum, { held }) => sum + Object.values(held).reduce((all, count) => all + count, 0), 0);
  console.log(
    `${client.name}: ${met} first contacts in ${lines.length} cells, exit ${exit}, ${livedOnMs} ms after the last round`,
  );
  for (const { name: cell, faults, held, events } of lines) {
    if (isAsPromised({ faults, held, events })) continue;
    isGood = false;
    console.log(
      `  ${cell}\n    held ${JSON.stringify(held)}\n    faults ${JSON.stringify(faults)}\n    events ${JSON.stringify(events)}`,
    );
  }
  if (exit !== 0) console.log(stderr);
  isGood &&= exit === 0 && lines.length === cellsOf(client).length;
}

await Promise.all(Array.from({ length: cpus().length }, work));
console.log(isGood ? "every record of every peer is held, and no process had an event" : "FAILED");
process.exitCode = isGood ? 0 : 1;
