// A stand-in for a node of the platform (koii-node 1.3.2): it forks the task, proxies /task/{id}/* to it, answers what
// the task's namespaceWrapper asks, and registers its own url with the service.
import { randomBytes } from "node:crypto";
import { copyFile, mkdir, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import bs58 from "bs58";
import express from "express4";
import proxy from "express-http-proxy";
import nacl from "tweetnacl";
import { freePort } from "../../network/free-port.js";
import { oldestNode, pathOf } from "../../package/engines.js";
import { namespaceOf, namespaceRoute } from "./namespace.js";
import { listening, registration } from "./service.js";
import { forkTask } from "./task-process.js";

/**
 * Starts a node that runs the task in `mainJs`; settles once the task is set up. `network` is what the nodes of a task
 * share: `{ taskId, service, serviceUrl, state }`, where `serviceUrl` is the url that the task gets.
 */
export async function startNode({ mainJs, network }) {
  const folder = await mkdtemp(join(tmpdir(), "dbsharing-node-"));
  const keyPair = nacl.sign.keyPair();
  const node = {
    folder,
    network,
    publicKey: bs58.encode(keyPair.publicKey),
    file: await placedAlone(mainJs, folder),
    running: {},
  };
  node.server = await listening(nodeApp(node, keyPair));
  node.url = node.server.url;
  node.start = () => start(node);
  node.register = () => register(node);
  node.round = () => oneRound(node);
  node.end = () => end(node);
  node.stop = () => stop(node);
  try {
    await node.start();
  } catch (error) {
    await node.stop();
    throw error;
  }
  return node;
}

/** The bundle as the only file of its folder, and beside it the folders where the node runs and keeps the task's files. */
async function placedAlone(mainJs, folder) {
  const file = join(folder, "executables", "bafybeitask.js");
  for (const name of ["executables", "node", "namespace"]) await mkdir(join(folder, name));
  await copyFile(mainJs, file);
  return file;
}

function nodeApp({ network, folder, running }, keyPair) {
  const { taskId, service } = network;
  const namespace = namespaceOf({
    keyPair,
    databasePath: join(folder, "namespace", "KOIILevelDB.db"),
    taskState: () => network.state,
  });
  const app = express();
  app.use(
    "/task/:taskid/*",
    onlyTask(taskId, running),
    proxy(() => `http://localhost:${running.taskPort}`, {
      proxyReqPathResolver: (req) => req.originalUrl.replace(`/task/${req.params.taskid}`, ""),
    }),
  );
  app.use(express.json({ limit: "50mb" }));
  app.get("/", (req, res) => res.json({ status: "OK", message: "Node is running" }));
  app.get("/nodes/:taskId", (req, res) => res.send(req.params.taskId === taskId ? service.entries : []));
  app.post(
    "/namespace-wrapper",
    namespaceRoute(namespace, (id, secret) => id === taskId && secret === running.secret),
  );
  return app;
}

function onlyTask(taskId, running) {
  return (req, res, next) => {
    if (req.params.taskid === taskId && running.task !== undefined) return next();
    res.status(422).send({ message: `Task ${req.params.taskid} not running` });
  };
}

async function start({ file, folder, network, publicKey, server, running }) {
  running.secret = randomBytes(10).toString("hex");
  running.taskPort = await freePort();
  running.rounds = 0;
  running.task = forkTask({
    file,
    args: [
      "linktree",
      network.taskId,
      running.taskPort,
      "service",
      publicKey,
      running.secret,
      "https://rpc.invalid",
      network.serviceUrl,
      5,
      server.port,
    ],
    cwd: join(folder, "node"),
    execPath: pathOf(oldestNode),
  });
  await running.task.printed.line(/ready for rounds/);
}

/** Registers this node's url with the service, as a node does for each of its tasks. */
async function register({ network, url, publicKey }) {
  const body = JSON.stringify(registration(url, publicKey, network.taskId));
  const headers = { "content-type": "application/json" };
  await fetch(`${network.service.url}/register-node/${network.taskId}`, { method: "POST", headers, body });
}

/** One round of the task, as the node asks for it; returns the report that the task prints. */
async function oneRound({ running }) {
  running.rounds += 1;
  running.task.send({ functionCall: "executeTask", roundNumber: running.rounds });
  const [, report] = await running.task.printed.line(/^report (\{.*)$/);
  return JSON.parse(report);
}

/** Ends only the task: its node then answers that the task does not run. */
async function end({ running }) {
  await running.task?.end();
  running.task = undefined;
}

async function stop({ end, server, folder }) {
  await end();
  await server.stop();
  await rm(folder, { recursive: true, force: true });
}
