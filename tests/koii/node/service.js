// A stand-in for the service node: nodes register with it, and it lists them unchecked, as real services do.
import { once } from "node:events";
import express from "express4";

/** Starts a service; `entries` is what it lists. */
export async function startService(taskId) {
  const entries = [];
  const app = express();
  app.use(express.json());
  app.get("/nodes/:taskId", (req, res) => res.send(req.params.taskId === taskId ? entries : []));
  app.post("/register-node/:taskId", (req, res) => {
    entries.push(req.body);
    res.end();
  });
  return { entries, ...(await listening(app)) };
}

/** What a node tells a service about itself. */
export function registration(url, owner, taskId) {
  return { data: { url, timestamp: Date.now() }, signature: "unverified", owner, taskId };
}

/** An Express app that listens on a free port, or on the given one. */
export async function listening(app, port = 0) {
  const server = app.listen(port);
  await once(server, "listening");
  const actualPort = server.address().port;
  const stop = () =>
    new Promise((resolve) => {
      server.close(resolve);
      server.closeAllConnections();
    });
  return { url: `http://127.0.0.1:${actualPort}`, port: actualPort, stop };
}
