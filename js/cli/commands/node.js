// dbsharing node: one node of a task, with a database of its own.

import { nodeFetch, nodeHandler } from "../../http.js";
import { createSharing } from "../../index.js";
import { levelStore } from "../../stores/level.js";
import { memoryStore } from "../../stores/memory.js";
import { httpUrl } from "../arguments.js";
import { cannotRun, usageError } from "../command-error.js";
import { openDatabase } from "../database.js";
import { isEveryAddress, listen, listenOptions } from "../listen.js";
import { codeCounts, count } from "../output.js";
import { keepRegistered } from "../registration.js";
import { untilStopped } from "../until-stopped.js";

const DIGEST_SHOWN = 12; // hex digits

export const command = {
  name: "node",
  usage: "--task-id ID --service-url URL (--data DIR | --memory) --port N [OPTIONS]",
  description:
    "Runs one node: keeps its records in a LevelDB or in memory, serves them, accepts signed records by\n" +
    "POST /{collection}, registers itself with the service, and shares at once and then at every interval, until SIGINT\n" +
    "or SIGTERM.",
  options: {
    "task-id": { type: "string", placeholder: "ID", required: true, value: "the id of the task", says: "the task" },
    "service-url": {
      type: "string",
      placeholder: "URL",
      required: true,
      value: "the address of the service that lists the nodes",
      says: "the service that lists the nodes",
    },
    data: {
      type: "string",
      placeholder: "DIR",
      value: "a folder for the database",
      says: "where the database is; it wants npm install classic-level",
    },
    memory: { type: "boolean", says: "instead of --data: keep the records in memory, until it stops" },
    ...listenOptions,
    "public-url": {
      type: "string",
      placeholder: "URL",
      value: "the address at which other nodes reach this one",
      says: "the address to register, if it is not the one listened on",
    },
    interval: {
      type: "string",
      placeholder: "SECONDS",
      default: 20,
      number: [0.1, 86_400],
      value: "seconds",
      says: "from one round to the next",
    },
    collection: {
      type: "string",
      placeholder: "NAME",
      default: "linktree",
      value: "a collection",
      says: "the path after /task/{taskId}/",
    },
    identity: {
      type: "string",
      placeholder: "record|owner",
      choices: ["record", "owner"],
      default: "record",
      value: "record or owner",
      says: "what is one record: (key, uuid), or key",
    },
    peer: {
      type: "string",
      placeholder: "URL",
      multiple: true,
      value: "the address of a node",
      says: "a node to ask beside those that the service lists",
    },
    "allow-private-networks": { type: "boolean", says: "ask peers at private addresses, whatever the service is" },
  },
  jsonSays: "print one JSON object a line: listening, round, stopped",
  examples: ["dbsharing node --task-id demo --service-url http://127.0.0.1:30017 --data ./records --port 8080"],
  run,
};

async function run({ values, output }) {
  const options = checkedOptions(values);
  const stopped = untilStopped(); // before anybody is told that there is something to stop
  const { store, close } = await openStore(values);
  try {
    const server = await listen(values);
    if (values.memory) output.line("records are kept in memory and are gone when it stops");
    try {
      await runNode({ server, store, options, output, stopped });
    } finally {
      await server.close();
    }
  } finally {
    await close();
  }
  output.line("stopped");
  output.event({ event: "stopped" });
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

async function runNode({ server, store, options, output, stopped }) {
  const { url: listeningOn } = server;
  const publicUrl = options.publicUrl ?? listeningOn;
  const sharing = sharingOf(store, options, [...new Set([publicUrl, ...server.urls])]);
  await refuseOtherIdentity(sharing);
  server.answerWith(nodeHandler(sharing));
  output.line(`node listening on ${listeningOn}${publicUrl === listeningOn ? "" : `, known as ${publicUrl}`}`);
  output.event({ event: "listening", url: listeningOn });
  sharing.on("report", (report) => showRound(report, sharing.status(), output));
  const forget = keepRegistered({
    serviceUrl: options.serviceUrl,
    taskId: options.taskId,
    url: publicUrl,
    onRegistered: () => output.line(`registered with ${options.serviceUrl}`),
    onFailed: (reason) => output.warn(`could not register with ${options.serviceUrl}, and tries again: ${reason}`),
  });
  sharing.start();
  await stopped;
  forget();
  await sharing.stop();
}

/** A node that can never hold anything is not one to register. */
async function refuseOtherIdentity(sharing) {
  await sharing.ready().catch((error) => {
    if (error.code === "IDENTITY_MISMATCH") throw cannotRun(error.message, error);
  });
}

function checkedOptions(values) {
  if (isEveryAddress(values.host) && values["public-url"] === undefined) {
    throw usageError(
      `--host ${values.host} is every address of this machine; --public-url wants the one that other nodes use`,
    );
  }
  refuseUnlessOneDatabase(values);
  return {
    taskId: values["task-id"],
    serviceUrl: httpUrl(values["service-url"], "service-url"),
    publicUrl: values["public-url"] && httpUrl(values["public-url"], "public-url"),
    intervalMs: Math.round(values.interval * 1000),
    collection: values.collection,
    identity: values.identity,
    peers: values.peer?.map((url) => httpUrl(url, "peer")),
    allowPrivateNetworks: values["allow-private-networks"],
  };
}

function refuseUnlessOneDatabase({ data, memory }) {
  if (data === undefined && !memory) {
    throw usageError("--data is missing; it wants a folder for the database, or --memory in its place");
  }
  if (data !== undefined && memory) {
    throw usageError("--data and --memory are both given; records are kept in a folder or in memory");
  }
}

function sharingOf(store, { publicUrl, ...options }, selfUrl) {
  const given = Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined));
  try {
    return createSharing({ ...given, db: store, selfUrl, acceptWrites: true, fetch: nodeFetch() });
  } catch (error) {
    if (error.code === "OPTION_INVALID") throw usageError(error.message, error);
    throw error;
  }
}

function showRound(report, { records, digest }, output) {
  output.line(roundLine(report, { records, digest }, output.style));
  output.event({ event: "round", report, records, digest });
}

/** One readable line about a round. */
export function roundLine(report, { records, digest }, style) {
  const asked = report.peers.filter(({ outcome }) => outcome !== "skipped");
  const failed = asked.filter(({ outcome }) => outcome === "failed").length;
  const { inserted, replaced, known, rejected } = report.totals;
  const parts = [
    `${count(asked.length - failed, "peer")} ok${failed > 0 ? `, ${failed} failed` : ""}`,
    `${inserted} new, ${replaced} replaced, ${known} known`,
    Object.keys(rejected).length > 0 && style.yellow(`rejected ${codeCounts(rejected)}`),
    records === undefined ? "database not read" : `${count(records, "record")} held`,
    digest && style.cyan(digest.slice(0, DIGEST_SHOWN)),
    `${Math.round(report.durationMs)} ms`,
  ];
  const time = style.dim(new Date(report.startedAtMs).toISOString().slice(11, 19));
  const error = report.error ? style.red(`  ${report.error.code}: ${report.error.message}`) : "";
  return `${time}  ${parts.filter(Boolean).join("  ·  ")}${error}`;
}
