// dbsharing node: one node of a task, with a database of its own.

import { nodeHandler } from "../../http.js";
import { createSharing } from "../../index.js";
import { levelStore } from "../../stores/level.js";
import { memoryStore } from "../../stores/memory.js";
import { fetchTrusting } from "../authorities.js";
import { cannotRun, usageError } from "../command-error.js";
import { openDatabase } from "../database.js";
import { listen } from "../listen.js";
import { checkedOptions, nodeOptions } from "../node-options.js";
import { NodeOutput } from "../node-output.js";
import { onceFree } from "../once-free.js";
import { tellingPosts } from "../posts.js";
import { keepRegistered } from "../registration.js";
import { SIGNAL_NOTES, untilStopped } from "../until-stopped.js";

export const command = {
  name: "node",
  usage: "--task-id ID --service-url URL (--data DIR | --memory) --port N [OPTIONS]",
  description:
    "Runs one node: keeps its records in a LevelDB or in memory, serves them, accepts signed records by\n" +
    "POST /{collection}, registers itself with the service, and shares at once and then at every interval, until\n" +
    "SIGINT, SIGTERM or SIGHUP.\n\n" +
    "It prints a line when something has changed and otherwise one every quarter of an hour, in local time. Warnings and\n" +
    "errors go to standard error.",
  options: nodeOptions,
  oneOf: ["data", "memory"],
  jsonSays: "print one JSON object a line for everything that happens, at any --log-level",
  events: {
    listening: "url, publicUrl",
    registered: "serviceUrl, url",
    "register-failed": "serviceUrl, url, message; said once, and it is tried again every 5 seconds",
    round: "report (what share() gives), records (how many are held), digest (of them all)",
    wrote:
      "a record was posted here: ok, stored, httpStatus, key, version; code, or why and heldVersion, and message if it was not stored",
    rejected: "a record of a peer that a rule or the database refused: url, key, code, message",
    warning: 'level ("warn" or "error"), message',
    waiting: "what: the database or the port that another process still has; after 10 seconds it gives up",
    stopping: "signal",
    stopped: "the last event",
  },
  notes: [
    "At most 100 rejected events a minute are printed, and as many wrote events that were not stored; the next one has",
    "omitted, the number of those that were left out.",
    "",
    ...SIGNAL_NOTES,
    "Under a supervisor start the program itself:",
    "  exec node node_modules/dbsharing/js/cli/main.js node --task-id …    (or exec ./node_modules/.bin/dbsharing node …)",
  ],
  examples: ["dbsharing node --task-id demo --service-url http://127.0.0.1:30017 --data ./records --port 8080"],
  run,
};

async function run({ values, output }) {
  const options = { ...checkedOptions(values), fetch: await fetchTrusting(values) };
  const said = new NodeOutput(output, { level: values["log-level"] });
  const stopped = untilStopped(); // before anybody is told that there is something to stop
  const opened = await onceFree(() => openStore(values), databaseIn(values, said, stopped));
  try {
    const server = opened && (await onceFree(() => listen(values), portOf(values, said, stopped)));
    if (values.memory) said.keepsNothing();
    if (server) await runNode({ server, store: opened.store, options, said, stopped }).finally(server.close);
    else said.stopping(await stopped);
  } finally {
    await opened?.close();
  }
  said.stopped();
}

function databaseIn({ data }, said, stopped) {
  const onWaiting = () => said.waiting(`the database in ${data}, which another process has open`);
  return { isTaken: ({ code }) => code === "LEVEL_LOCKED", onWaiting, stopped };
}

function portOf({ port }, said, stopped) {
  const onWaiting = () => said.waiting(`port ${port}, on which something else listens`);
  return { isTaken: ({ cause }) => cause?.code === "EADDRINUSE", onWaiting, stopped };
}

async function openStore({ data, memory }) {
  if (memory) {
    const store = memoryStore();
    return { store, close: () => store.close() };
  }
  const db = await openDatabase(data, {
    command: "node",
    whenLocked: "stop that one, or choose another --data",
    withoutDriver: "or give --memory instead of --data",
  });
  const store = levelStore(db);
  const close = async () => {
    await store.close();
    await db.close();
  };
  return { store, close };
}

async function runNode({ server, store, options, said, stopped }) {
  const { url: listeningOn } = server;
  const { publicUrl = listeningOn, serviceUrl, taskId, fetch } = options;
  const ownUrls = [...new Set([publicUrl, ...server.urls])];
  const sharing = sharingOf(store, options, { selfUrl: ownUrls, logger: loggerOf(said) });
  await refuseOtherIdentity(sharing, options.identity);
  server.answerWith(nodeHandler({ handle: tellingPosts(sharing.handle, (result, status) => said.wrote(result, status)) }));
  said.listening(listeningOn, publicUrl, options.collection);
  for (const url of options.peers ?? []) if (ownUrls.some((own) => isSameUrl(own, url))) said.isItself(url);
  sharing.on("report", (report) => said.round(report, sharing.status()));
  if (said.wantsRejected) sharing.on("rejected", (item) => said.rejected(item));
  const forget = keepRegistered({
    ...{ serviceUrl, taskId, url: publicUrl, fetch },
    onRegistered: () => said.registered(serviceUrl, publicUrl),
    onFailed: (reason) => said.notRegistered(serviceUrl, publicUrl, reason),
  });
  sharing.start();
  said.stopping(await stopped);
  forget();
  await sharing.stop();
}

function isSameUrl(url, other) {
  return new URL(url).href === new URL(other).href;
}

/** A node that can never hold anything is not one to register. */
async function refuseOtherIdentity(sharing, identity) {
  await sharing.ready().catch((error) => {
    if (error.code !== "IDENTITY_MISMATCH") return;
    const other = identity === "owner" ? "record" : "owner";
    throw cannotRun(`the database was written with --identity ${other}, not ${identity}; give --identity ${other}`, error);
  });
}

function sharingOf(store, { publicUrl, ...options }, more) {
  const given = Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined));
  try {
    return createSharing({ ...given, ...more, db: store, acceptWrites: true });
  } catch (error) {
    if (error.code === "OPTION_INVALID") throw usageError(error.message, error);
    throw error;
  }
}

function loggerOf(said) {
  const nothing = () => {}; // what the reports hold is said from them
  const say = (level) => (message) => said.warned(level, message);
  return { debug: nothing, info: nothing, warn: say("warn"), error: say("error") };
}
