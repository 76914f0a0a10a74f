// The options of dbsharing node, and the options of createSharing that they become.

import { httpUrl } from "./arguments.js";
import { caOption } from "./authorities.js";
import { usageError } from "./command-error.js";
import { isEveryAddress, listenOptions } from "./listen.js";
import { logLevelOption } from "./log.js";
import { collectionOption, identityOption, peerTimeoutOption, taskIdOption } from "./task-options.js";

export const nodeOptions = {
  "task-id": {
    ...taskIdOption["task-id"],
    required: true,
    says: "the task: nodes with the same id share records; for local use any name will do",
  },
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
    says: "the folder of the database; this or --memory is required; needs npm install classic-level",
  },
  memory: { type: "boolean", says: "keep the records in memory until the node stops, instead of --data" },
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
    unit: "seconds",
    value: "seconds",
    says: "the time from one round to the next",
  },
  ...peerTimeoutOption,
  ...collectionOption,
  ...identityOption,
  peer: {
    type: "string",
    placeholder: "URL",
    multiple: true,
    value: "the address of a node",
    says: "a node to ask in addition to those that the service lists",
  },
  "allow-private-networks": {
    type: "boolean",
    says: "ask peers at private addresses; by default only if the service has one itself and lists no public address",
  },
  ...caOption,
  ...logLevelOption,
};

/**
 * The options of createSharing, and `publicUrl`, the address to register if it is not the one that the node listens on.
 *
 * @throws {CommandError} with one sentence, exit code 2
 */
export function checkedOptions(values) {
  refuseUnlessOneDatabase(values);
  return {
    taskId: values["task-id"],
    serviceUrl: httpUrl(values["service-url"], "service-url"),
    publicUrl: publicUrlOf(values),
    intervalMs: Math.round(values.interval * 1000),
    peerTimeoutMs: Math.round(values["peer-timeout"] * 1000),
    collection: values.collection,
    identity: values.identity,
    peers: values.peer?.map((url) => httpUrl(url, "peer")),
    allowPrivateNetworks: values["allow-private-networks"],
  };
}

function refuseUnlessOneDatabase({ data, memory }) {
  if (data === undefined && !memory) {
    throw usageError("--data is missing; wanted a folder for the database, or --memory instead");
  }
  if (data !== undefined && memory) {
    throw usageError("--data and --memory are both given; wanted one of them");
  }
}

function publicUrlOf({ host, "public-url": given }) {
  const url = given && httpUrl(given, "public-url");
  const isNowhere = isEveryAddress(url ? new URL(url).hostname.replace(/^\[|\]$/g, "") : host);
  if (!isNowhere) return url;
  const what = url ? `--public-url ${url}` : `--host ${host}`;
  throw usageError(`${what} is every address of this machine; wanted in --public-url: the one that other nodes use`);
}
