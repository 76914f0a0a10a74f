// A command's arguments: node:util's parseArgs, with a sentence for everything that can be wrong.

import { parseArgs } from "node:util";

import { CommandError, usageError } from "./command-error.js";
import { nearestWord } from "../core/nearest-word.js";
import { MAX_PATH_PART_CHARACTERS, UNSAFE_IN_PATH } from "../core/path-part.js";

const COMMON_OPTIONS = { help: { type: "boolean", short: "h" }, json: { type: "boolean" } };
const PRINTABLE_ASCII = /^[\x21-\x7e]+$/;
const HOST_AND_PORT = /^[\w.-]+:\d+(?:\/\S*)?$/;
/** What a script's variable that was never set becomes. */
const UNSET = ["undefined", "null"];

/**
 * What a command line says: `{ values, positionals }`. `command.options` is as parseArgs takes it, each with more:
 * `command.hasMorePositionals` says that the last of its positionals may be given several times. Of an option
 * `value` names what it takes, `required` and `integer: [least, most]` or `number: [least, most]` are checked.
 *
 * @throws {CommandError} with one sentence, exit code 2
 */
export function parseCommandLine(command, args) {
  const options = { ...COMMON_OPTIONS, ...command.options };
  const { values, positionals } = parse(command, args, options);
  if (values.help) return { values, positionals };
  checkPositionals(command, positionals);
  refuseIfSeveralAreMissing(command, values);
  for (const [name, option] of Object.entries(options)) checkOption(values, name, option);
  return { values, positionals };
}

function parse(command, args, options) {
  const config = {
    args,
    options: Object.fromEntries(Object.entries(options).map(parseArgsOption)),
    allowPositionals: true,
  };
  try {
    return refusedIfRepeated(parseArgs({ ...config, strict: true, tokens: true }), options);
  } catch (error) {
    if (error instanceof CommandError) throw error;
    throw usageError(faultOf(parseArgs({ ...config, strict: false, tokens: true }).tokens, options) ?? error.message, error);
  }
}

/** Which of two values was meant cannot be known. */
function refusedIfRepeated({ tokens, ...parsed }, options) {
  const given = new Set();
  for (const { name } of tokens.filter(({ kind }) => kind === "option")) {
    if (given.has(name) && options[name].type === "string" && !options[name].multiple)
      throw usageError(`--${name} is given twice`);
    given.add(name);
  }
  return parsed;
}

function parseArgsOption([name, { type, short, multiple }]) {
  return [name, { type, ...(short && { short }), ...(multiple && { multiple }) }];
}

function faultOf(tokens, options) {
  for (const token of tokens.filter(({ kind }) => kind === "option")) {
    const option = options[token.name];
    if (!Object.hasOwn(options, token.name)) return unknownOption(token, Object.keys(options));
    if (option.type === "string" && token.value === undefined) return `${token.rawName} wants ${option.value}`;
    if (option.type === "boolean" && token.value !== undefined) return `${token.rawName} takes no value`;
    if (option.type === "string" && !token.inlineValue && token.value.startsWith("-")) {
      const range = option.integer ?? option.number;
      if (Number(token.value) < range?.[0]) return rangeFault(token.value, token.name, range, option);
      const spelling = `${token.rawName}=${token.value}`;
      return `${token.rawName} wants ${option.value}; for one that begins with a dash write ${spelling}`;
    }
  }
  return undefined;
}

function unknownOption({ name, rawName }, known) {
  const nearest = nearestWord(name, known);
  return `unknown option ${rawName}${nearest ? `; did you mean --${nearest}?` : ""}`;
}

function checkPositionals(command, positionals) {
  const most = command.positionals?.length ?? 0;
  if (positionals.length > most && !command.hasMorePositionals) {
    const wanted = most === 0 ? "takes no arguments" : `takes ${command.positionals.join(" and ")}`;
    throw usageError(`unexpected argument ${JSON.stringify(positionals[most])}: this command ${wanted}`);
  }
  if (command.positionalsRequired && positionals.length < most)
    throw usageError(`${command.positionals[positionals.length]} is missing`);
  const empty = positionals.indexOf("");
  if (empty !== -1) throw usageError(`${command.positionals[Math.min(empty, most - 1)]} is wanted; it got an empty text`);
}

/** Names all at once, so that it takes one try to find out what is wanted; of one alone its own sentence says more. */
function refuseIfSeveralAreMissing({ options, oneOf = [] }, values) {
  const isGiven = (name) => values[name] !== undefined;
  const required = Object.keys(options).filter((name) => options[name].required && !isGiven(name));
  const missing = [...required.map((name) => `--${name}`), ...(oneOf.some(isGiven) ? [] : [namesOf(oneOf, " or ")])].filter(
    Boolean,
  );
  if (missing.length > 1) throw usageError(`${missing.slice(0, -1).join(", ")} and ${missing.at(-1)} are missing`);
}

function namesOf(names, between) {
  return names.map((name) => `--${name}`).join(between);
}

function checkOption(values, name, option) {
  const value = values[name];
  if (value === undefined) {
    if (option.required) throw usageError(`--${name} is missing; it wants ${option.value}`);
    if (option.default !== undefined) values[name] = option.default;
    return;
  }
  for (const text of [value].flat()) checkText(text, name, option);
  if (option.integer) values[name] = numberIn(value, name, option.integer, { whole: true });
  if (option.number) values[name] = numberIn(value, name, option.number, { whole: false, unit: option.unit });
  if (option.choices && !option.choices.includes(value)) {
    throw usageError(`--${name} wants ${listed(option.choices)}; it got ${JSON.stringify(value)}`);
  }
}

/** `debug, info, warn, error or silent`. */
function listed(words) {
  return `${words.slice(0, -1).join(", ")} or ${words.at(-1)}`;
}

function checkText(text, name, option) {
  if (text === "") throw usageError(`--${name} wants ${option.value}; it got an empty text`);
  if (option.isPathPart) checkPathPart(text, name);
}

/** Refuses what could not be one part of a path at every node and service, or is not a name that anybody meant. */
function checkPathPart(text, name) {
  const isUnset = UNSET.includes(text);
  const fault =
    (isUnset && "is what a variable becomes that was never set") ||
    (text.length > MAX_PATH_PART_CHARACTERS && `has ${text.length} characters, of at most ${MAX_PATH_PART_CHARACTERS}`) ||
    ([".", ".."].includes(text) && "means a folder in a path") ||
    (UNSAFE_IN_PATH.test(text) && "has a space, a slash or another character that cannot stand in a path");
  if (fault) throw usageError(`--${name} wants a name that can be part of a path; ${quoted(text)} ${fault}`);
}

function quoted(text) {
  return JSON.stringify(text.length > MAX_PATH_PART_CHARACTERS ? `${text.slice(0, MAX_PATH_PART_CHARACTERS)}…` : text);
}

function numberIn(text, name, range, { whole, unit }) {
  const [least, most] = range;
  const number = text.trim() === "" ? NaN : Number(text);
  if (number >= least && number <= most && (!whole || Number.isInteger(number))) return number;
  throw usageError(rangeFault(text, name, range, { integer: whole, unit }));
}

function rangeFault(text, name, [least, most], { integer, unit }) {
  const wanted = `${integer ? "a whole number" : "a number"}${unit ? ` of ${unit}` : ""} from ${least} to ${most}`;
  return `--${name} wants ${wanted}; it got ${JSON.stringify(text)}`;
}

/**
 * The address that the text of an option is, without slashes at its end: http or https, and one to which a path can be
 * added. The sentence about another does not show what may be secret.
 */
export function httpUrl(text, name) {
  const url = parsedUrl(text);
  if (url === undefined) {
    const hint = HOST_AND_PORT.test(text) ? `; did you mean http://${text}?` : "";
    throw usageError(`--${name} wants an address like http://127.0.0.1:8080; it got ${quoted(text)}${hint}`);
  }
  const fault =
    ((url.username || url.password) && "a user or a password in it, which would be shown to others") ||
    (url.search && "a query, to which no path can be added") ||
    (url.hash && "a fragment, which is never sent");
  if (fault) throw usageError(`--${name} wants an address like ${url.origin}; it got one with ${fault}`);
  // As the url standard spells it where it is not plain: what is registered must be.
  return (PRINTABLE_ASCII.test(text) ? text : url.href).replace(/\/+$/, "");
}

function parsedUrl(text) {
  try {
    const url = new URL(text);
    return ["http:", "https:"].includes(url.protocol) ? url : undefined;
  } catch {
    return undefined;
  }
}
