// The clients that the Redis store takes: how each sends a command, what its keys begin with, what its errors mean.
import { wrongArgument } from "../../core/option-errors.js";
import { kindName } from "../../core/kind-name.js";
import { shortened } from "../../core/store-contract.js";

const DEFAULT_PREFIX = "dbsharing:";
// In a cluster, keys with one hash tag are on one node, as a script needs them.
const DEFAULT_CLUSTER_PREFIX = "{dbsharing}:";

const TRY_AGAIN_MS = 10_000;
const FIRST_PAUSE_MS = 20;
const LONGEST_PAUSE_MS = 500;

/**
 * How to use a client, as `{ prefix, send, isCluster, readsReplicas }`: what the names of keys that are sent begin
 * with; a function that sends a command in words, the first in lower case, and resolves to the server's answer; whether
 * it belongs to a cluster; and whether a command that only reads may be answered by a replica, which may be behind.
 *
 * @param {object} client
 * @param {string} [prefix] default "dbsharing:", in a cluster "{dbsharing}:"
 * @throws {TypeError} when no store can work over this client, or with this prefix
 */
export function usedClient(client, prefix) {
  const { sendOnce, isCluster = false, readsReplicas = false, ownPrefix, sendsOwnPrefix } = kindOf(client);
  const name = prefix ?? (isCluster ? DEFAULT_CLUSTER_PREFIX : DEFAULT_PREFIX);
  const whole = ownPrefix + name;
  if (isCluster && !hasHashTag(whole)) throw wantsHashTag(whole);
  return {
    prefix: sendsOwnPrefix ? name : whole,
    send: (words) => repeated(() => sendOnce(words, whole)),
    isCluster,
    readsReplicas,
  };
}

function kindOf(client) {
  if (client === null || typeof client !== "object") throw wrongClient(kindName(client));
  if (client.isPipeline) throw wrongClient("a pipeline of ioredis, which sends nothing by itself");
  if (typeof client.call === "function") return ioRedis(client);
  if (typeof client.sendCommand === "function") return nodeRedis(client);
  throw wrongClient("an object that is neither");
}

// ioredis puts its own keyPrefix before the keys of a command; versions up to 5.8 find them only if the command's name is
// in lower case.
function ioRedis(client) {
  // For automatic pipelining a command has to be called as a method: version 4 loses its name otherwise.
  const isPipelining = client.options?.enableAutoPipelining === true;
  return {
    sendOnce: ([name, ...args]) => (isPipelining ? client[name](...args) : client.call(name, ...args)),
    isCluster: client.isCluster === true,
    readsReplicas: client.isCluster === true && client.options?.scaleReads !== "master",
    ownPrefix: String(client.options?.keyPrefix ?? ""),
    sendsOwnPrefix: true,
  };
}

// node-redis sends a command that is given in words as it is: its own keyPrefix has to be in them.
function nodeRedis(client) {
  const isLegacy = !("isOpen" in client) && typeof client.hGet === "function";
  if (isLegacy) throw wrongClient("client.legacy(), which has only callbacks: give the client itself");
  const sender = client.options?.legacyMode ? client.v4 : client;
  const isCluster = typeof client.getSlotMaster === "function";
  const isLeased = "isOpen" in client && typeof client.release === "function"; // of a sentinel, by acquire()
  const isSentinel = isLeased || typeof client.getSentinelNode === "function";
  const sendOnce = async (words, key) => {
    if (client.isOpen === false) throw new Error("the client is not connected: await client.connect() first");
    if (isCluster) return client.sendCommand(key, false, words); // to the node that has this key
    return isSentinel ? client.sendCommand(false, words) : sender.sendCommand(words);
  };
  const ownPrefix = String(client._keyPrefix ?? client.options?.keyPrefix ?? "");
  return { sendOnce, isCluster, ownPrefix, sendsOwnPrefix: false };
}

function wrongClient(got) {
  return wrongArgument("redisStore(client)", got, "a client of node-redis (createClient) or of ioredis (new Redis)");
}

function hasHashTag(prefix) {
  return /^[^{]*\{[^}]+\}/.test(prefix);
}

function wantsHashTag(prefix) {
  const why = "because the client is of a cluster and the store's keys have to be on one node";
  return wrongArgument(
    "redisStore(client, { prefix })",
    `a client with which keys begin with ${JSON.stringify(prefix)}`,
    `a hash tag in the prefix, ${why}: prefix: "{dbsharing}:", for example`,
  );
}

const sha1OfScripts = new Map(); // text → the name by which a server that has run it knows it

/** Runs a script; a server that knows it already gets only its name. */
export async function runScript(send, text, ...words) {
  const sha1 = sha1OfScripts.get(text) ?? String(await send(["eval", "return redis.sha1hex(ARGV[1])", "0", text]));
  sha1OfScripts.set(text, sha1);
  try {
    return await send(["evalsha", sha1, ...words]);
  } catch (error) {
    if (!/\bNOSCRIPT\b/.test(messageOf(error))) throw error;
    return send(["eval", text, ...words]);
  }
}

// While a hash slot moves to another node of a cluster, the keys of one script are on two nodes. A script that was
// refused for that has done nothing.
async function repeated(attempt) {
  const endMs = performance.now() + TRY_AGAIN_MS;
  for (let pauseMs = FIRST_PAUSE_MS; ; pauseMs = Math.min(pauseMs * 2, LONGEST_PAUSE_MS)) {
    try {
      return await attempt();
    } catch (error) {
      if (!/\bTRYAGAIN\b/.test(messageOf(error)) || performance.now() + pauseMs > endMs) throw error;
    }
    await new Promise((resolve) => setTimeout(resolve, pauseMs));
  }
}

const MEANINGS = [
  [/\bREADONLY\b/, "the server is a read-only replica: give a client of its primary"],
  [/\bCROSSSLOT\b/, 'the server is a node of a cluster: give a prefix with a hash tag, prefix: "{dbsharing}:" for example'],
  [/^(MOVED|ASK) /, "the server is a node of a cluster, and these keys are on another: give a client of the cluster"],
  [/\bTRYAGAIN\b/, "the hash slot of its keys has been moving to another node for longer than 10 s"],
  [/\bWRONGTYPE\b/, "a key of the store's prefix is something else's: give the store another prefix"],
  [/\bNOPERM\b/, "the client's user may not do that: it needs eval, evalsha and hmget, and what the scripts call"],
];

/** One sentence for what a driver threw, with at most 300 characters of the driver's own. */
export function sentenceOf(error) {
  const message = messageOf(error);
  const own = shortened(message);
  const meaning = MEANINGS.find(([pattern]) => pattern.test(message))?.[1];
  return meaning ? `${meaning} (${own})` : own;
}

function messageOf(error) {
  return String(error?.message ?? error);
}
