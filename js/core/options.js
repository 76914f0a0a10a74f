// The options of createSharing and of verifyJson: each checked. Defaults are those of src/node/options.rs, but for what
// JavaScript does itself.
import { invalid, unknownOption } from "./option-errors.js";
import { kindOfDb, printedDb } from "./db-kinds.js";
import { hasMethods } from "./has-methods.js";
import { printed, printedKind, printedUrl } from "./kind-name.js";
import { MAX_PATH_PART_CHARACTERS, isPathPart } from "./path-part.js";

const ABSENT = new Set([undefined, null, "", "undefined", "null"]);

const isFunction = (value) => typeof value === "function";
const isBoolean = (value) => typeof value === "boolean";
const isObject = (value) => typeof value === "object" && value !== null;
const isUrls = (value) => isObject(value) && listOf(value).every(isHttpUrl);
const isOwnUrl = (value) => ABSENT.has(value) || isHttpUrl(value);
const LOGGER_METHODS = ["debug", "info", "warn", "error"];
const isLogger = (value) => value === null || hasMethods(value, LOGGER_METHODS);
const isSignal = (value) => typeof value?.aborted === "boolean" && isFunction(value.addEventListener);

const integer = (least, most) => ({
  wanted: `an integer from ${least} to ${most}`,
  accepts: (value) => Number.isSafeInteger(value) && value >= least && value <= most,
  isRange: true,
});

/** setTimeout waits at most 2^31−1 ms. */
const MAX_MS = 2 ** 31 - 1;

/** What createSharing takes. */
export const RULES = {
  taskId: {
    wanted: `a string of at most ${MAX_PATH_PART_CHARACTERS} characters that can be a part of a path, without spaces, / and the like`,
    accepts: (value) => ABSENT.has(value) || isPathPart(value),
  },
  serviceUrl: {
    wanted: "an http or https url, or false for none",
    accepts: (value) => value === false || isOwnUrl(value),
    print: printedUrl,
    isBase: true,
  },
  db: {
    wanted: "a Store, a SimpleDb, a LinktreeModel or a promise of one",
    accepts: (value) => kindOfDb(value),
    print: printedDb,
  },
  collection: {
    wanted: "a non-empty string without /",
    accepts: (value) => typeof value === "string" && value !== "" && !value.includes("/"),
  },
  identity: { wanted: '"record" or "owner"', accepts: (value) => value === "record" || value === "owner" },
  peers: {
    wanted: "an array of http or https urls, an object whose values are such urls, or a function that gives one of these",
    accepts: (value) => isUrls(value) || isFunction(value),
    print: (value) => printedList(value, isHttpUrl),
    isBase: true,
  },
  selfUrl: {
    wanted: "an http or https url, or an array of them",
    accepts: (value) => (Array.isArray(value) ? value.every(isOwnUrl) : isOwnUrl(value)),
    print: (value) => (Array.isArray(value) ? printedList(value, isOwnUrl) : printedUrl(value)),
    isBase: true,
  },
  intervalMs: { ...integer(1, MAX_MS), fallback: 20_000 },
  maxPeersPerRound: integer(1, 10_000),
  concurrency: integer(1, 10_000),
  peerTimeoutMs: { ...integer(1, MAX_MS), fallback: 10_000 },
  maxBodyBytes: { ...integer(1, Number.MAX_SAFE_INTEGER), fallback: 64 * 1024 * 1024 },
  maxItems: integer(1, Number.MAX_SAFE_INTEGER),
  maxRejected: integer(0, Number.MAX_SAFE_INTEGER),
  maxRecords: integer(0, Number.MAX_SAFE_INTEGER),
  storeTimeoutMs: { ...integer(1, MAX_MS), fallback: 10_000 },
  acceptWrites: { wanted: "true or false", accepts: isBoolean },
  allowPrivateNetworks: { wanted: "true or false", accepts: isBoolean },
  accept: { wanted: "a function", accepts: isFunction },
  fetch: { wanted: "a function", accepts: isFunction },
  now: { wanted: "a function", accepts: isFunction },
  signal: { wanted: "an AbortSignal", accepts: isSignal },
  logger: { wanted: "null or an object with debug, info, warn and error", accepts: isLogger, print: printLogger },
};

const VERIFY_RULES = {
  now: { ...integer(0, Number.MAX_SAFE_INTEGER), wanted: "an integer from 0 to 2^53-1, milliseconds" },
  identity: RULES.identity,
};

/** What was given as a logger, with what it lacks. */
function printLogger(value) {
  if (typeof value !== "object" || Array.isArray(value)) return printed(value);
  const lacking = LOGGER_METHODS.filter((name) => !hasMethods(value, [name]));
  return `an object without ${lacking.map((name) => `${name}()`).join(" and ")}`;
}

/** A list, or an object whose values are one, with the first entry that is not right. */
function printedList(value, isRight) {
  if (!isObject(value)) return printedUrl(value);
  const isObjectOfUrls = !isFunction(value[Symbol.iterator]);
  const items = listOf(value);
  const at = items.findIndex((item) => !isRight(item));
  const place = isObjectOfUrls ? Object.keys(value)[at] : at;
  return `${printed(value)} whose entry ${printed(place)} is ${printedUrl(items[at])}`;
}

function isHttpUrl(value) {
  try {
    return typeof value === "string" && ["http:", "https:"].includes(new URL(value).protocol);
  } catch {
    return false;
  }
}

/** What can be iterated over as an array; of an object such as `{ stakingKey: url }` the values. */
export function listOf(value) {
  return isFunction(value[Symbol.iterator]) ? [...value] : Object.values(value);
}

/** The url without trailing slashes, to which a path can be added. */
function baseOf(url) {
  const { origin, pathname } = new URL(url);
  return origin + pathname.replace(/\/+$/, "");
}

/** What keeps a url from being one to which a path can be added, and what to do; undefined where nothing does. */
function faultOfBase(url) {
  if (!isHttpUrl(url)) return undefined;
  const { username, password, search, hash } = new URL(url);
  if (username !== "" || password !== "") {
    return "has a user or a password in it, which fetch refuses: have option fetch add an authorization header";
  }
  if (search !== "") return "has a query, which would be lost where a path is added: have option fetch add it to each url";
  return hash === "" ? undefined : "has a fragment, which is never sent: leave it out";
}

/** What is wrong with the url of a peer, in words that do not show what may be secret; undefined where nothing is. */
export function faultOfPeer(url) {
  const fault = /[@?#]/.test(url) ? faultOfBase(url) : undefined; // most have none of these, and there may be many
  return fault && `${new URL(url).origin}…, which ${fault}`;
}

/** Throws where one of the urls is not one to which a path can be added. */
function checkBases(name, value) {
  const urls = typeof value === "object" && value !== null ? listOf(value) : [value];
  for (const url of urls) {
    const fault = faultOfPeer(url);
    if (fault !== undefined) throw invalid(TypeError, `option ${name} is ${fault}`);
  }
}

/** The options as they were given, each in one form; throws OPTION_INVALID. */
export function checkOptions(options) {
  const checked = check(options, RULES, "createSharing");
  if (checked.db === undefined) throw invalid(TypeError, "option db is missing, wanted " + RULES.db.wanted);
  const isModel = kindOfDb(checked.db) === "model";
  if (isModel && checked.identity === "record") {
    throw invalid(
      RangeError,
      'option identity is "record", wanted "owner": a LinktreeModel has one slot a key and would lose data',
    );
  }
  return {
    ...checked,
    taskId: ABSENT.has(checked.taskId) ? undefined : checked.taskId,
    serviceUrl: ABSENT.has(checked.serviceUrl) ? undefined : checked.serviceUrl && baseOf(checked.serviceUrl),
    identity: checked.identity ?? (isModel ? "owner" : undefined),
    selfUrls: [checked.selfUrl].flat().filter((url) => !ABSENT.has(url)),
  };
}

/** Whether this stands for a value that is not there, as a node may pass it. */
export function isAbsent(value) {
  return ABSENT.has(value);
}

/** The options of verifyJson, or of another that takes the same; throws OPTION_INVALID. */
export function checkVerifyOptions(options = {}, caller = "verifyJson") {
  return check(options, VERIFY_RULES, caller);
}

export function check(options, rules, caller) {
  if (options === null || typeof options !== "object") {
    throw invalid(TypeError, `${caller} got ${printedKind(options)} as its options, wanted an object`);
  }
  for (const name of Object.keys(options)) {
    if (!Object.hasOwn(rules, name)) throw unknownOption(name, Object.keys(rules));
  }
  const checked = {};
  for (const [name, rule] of Object.entries(rules)) {
    const value = options[name];
    if (value !== undefined && !rule.accepts(value)) {
      const Kind = rule.isRange && typeof value === "number" ? RangeError : TypeError;
      throw invalid(Kind, `option ${name} is ${(rule.print ?? printed)(value)}, wanted ${rule.wanted}`);
    }
    if (rule.isBase) checkBases(name, value);
    checked[name] = value === undefined ? rule.fallback : value;
  }
  return checked;
}
