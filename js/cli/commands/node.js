// dbsharing node: one node of a task, with a database of its own.

import { nodeHandler } from "../../http.js";
import { createSharing } from "../../index.js";
import { levelStore } from "../../stores/level.js";
import { memoryStore } from "../../stores/memory.js";
import { fetchTrusting } from "../authorities.js";
import { usageError } from "../command-error.js";
import { openDatabase, otherIdentityFault } from "../database.js";
import { listen } from "../listen.js";
import { checkedOptions, nodeOptions } from "../node-options.js";
import { NodeOutput } from "../node-output.js";
import { onceFree } from "../once-free.js";
import { reportingPosts } from "../posts.js";
import { keepRegistered } from "../registration.js";
import { SIGNAL_NOTES, untilStopped } from "../until-stopped.js";

export const command = {
  name: "node",
  usage: "--task-id ID --service-url URL (--data DIR | --memory) --port N [OPTIONS]",
  description:
    "Runs one node: keeps its records in a LevelDB or in memory, serves them, accepts signed records by\n" +
    "POST /{collection}, registers itself with the service, and shares immediately and then at every interval, until\n" +
    "SIGINT, SIGTERM or SIGHUP.\n\n" +
    "It prints a line when something changes, and otherwise one line every 15 minutes, in local time. Warnings and errors\n" +
    "go to standard error.",
  options: nodeOptions,
  oneOf: ["data", "memory"],
  jsonSays: "print one JSON object a line for each event, at any --log-level",
  events: {
    listening: "url, publicUrl",
    registered: "serviceUrl, url",
    "register-failed": "serviceUrl, url, message; printed once, while the node tries again every 5 seconds",
    round: "report (what share() returns), records (how many are held), digest (of all of them)",
    wrote:
      "a record was posted here: ok, stored, httpStatus, key, version; code, or why and heldVersion, and message if it was not stored",
    rejected: "a record of a peer that a rule or the database rejected: url, key, code, message",
    warning: 'level ("warn" or "error"), message',
    waiting: "what: the database or the port that another process still uses; the node gives up after 10 seconds",
    stopping: "signal",
    stopped: "the last event",
  },
  notes: [
    "At most 100 rejected events are printed in a minute, and at most 100 wrote events of records that were not stored. The",
    "next one has omitted, the number of events that were left out.",
    "",
    ...SIGNAL_NOTES,
    "A supervisor has to start the program itself:",
    "  exec node node_modules/dbsharing/js/cli/main.js node --task-id …    (or exec ./node_modules/.bin/dbsharing node …)",
  ],
  examples: ["dbsharing node --task-id demo --service-url http://127.0.0.1:30017 --data ./records --port 8080"],
  run,
};

async function run({ values, output }) {
  const options = { ...checkedOptions(values), fetch: await fetchTrusting(values) };
  const said = new NodeOutput(output, { level: values["log-level"] });
  const stopped = untilStopped(); // before anyone can know that there is something to stop
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
  const selfUrls = [...new Set([publicUrl, ...server.urls])];
  const sharing = sharingOf(store, options, { selfUrl: selfUrls, logger: loggerOf(said) });
  await refuseOtherIdentity(sharing, options.identity);
  server.answerWith(nodeHandler({ handle: reportingPosts(sharing.handle, (result, status) => said.wrote(result, status)) }));
  said.listening(listeningOn, publicUrl, options.collection);
  for (const url of options.peers ?? []) if (selfUrls.some((selfUrl) => isSameUrl(selfUrl, url))) said.isItself(url);
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

/** Refuses a database in which this node could never hold anything, before the node is registered. */
async function refuseOtherIdentity(sharing, identity) {
  await sharing.ready().catch((error) => {
    if (error.code === "IDENTITY_MISMATCH") throw otherIdentityFault(identity, error);
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
  const nothing = () => {}; // it is in the reports, which are printed
  const say = (level) => (message) => said.warned(level, message);
  return { debug: nothing, info: nothing, warn: say("warn"), error: say("error") };
}
