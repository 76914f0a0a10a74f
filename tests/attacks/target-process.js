// `node target-process.js`, forked: a node behind nodeHandler that can be attacked. It sends its url, then, when asked,
// how many iterators of its store are open and what events its process had. On the message to stop it closes its server
// and ends by itself.
import { once } from "node:events";
import http from "node:http";
import { createSharing } from "../../js/index.js";
import { nodeHandler } from "../../js/http.js";
import { memoryStore } from "../../js/stores/memory.js";

const events = [];
for (const name of ["unhandledRejection", "uncaughtException", "warning"]) {
  process.on(name, (event) => event?.name === "ExperimentalWarning" || events.push(`${name}: ${event?.stack ?? event}`));
}

let openIterators = 0;
const store = memoryStore();
const db = {
  ...store,
  async *entries(range) {
    openIterators += 1;
    try {
      yield* store.entries(range);
    } finally {
      openIterators -= 1;
    }
  },
};

const sharing = createSharing({ taskId: "task", db, logger: null, acceptWrites: true });
const server = http.createServer(nodeHandler(sharing)).listen(0, "127.0.0.1");
await once(server, "listening");
process.send({ url: `http://127.0.0.1:${server.address().port}` });
process.on("message", (question) => {
  if (question === "look") return void process.send({ openIterators, events });
  server.close();
  server.closeAllConnections();
  process.disconnect();
});
