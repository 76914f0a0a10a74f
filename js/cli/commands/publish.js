// dbsharing publish: posts a record to a node, signed first where a key is given.

import { verifyRecord } from "../../index.js";
import { httpUrl } from "../arguments.js";
import { caOption, fetchTrusting } from "../authorities.js";
import { negativeResult, usageError } from "../command-error.js";
import { readJsonObject } from "../input.js";
import { postRecord } from "../post-record.js";
import { collectionOption, peerTimeoutOption, taskIdOption } from "../task-options.js";
import { signData, signingOptions } from "./sign.js";

export { postRecord };

export const command = {
  name: "publish",
  usage: "[FILE|-] --to URL [--key KEYFILE [--timestamp now|MS]] [OPTIONS]",
  description:
    "Posts the record in FILE, or on standard input, to a node that accepts writes. With --key the file holds data,\n" +
    "which is signed first. Success is also a record that the node holds already. Ends with 1 when the rules or the node\n" +
    "refuse the record, when the node holds a newer version of it, and when it does not answer.",
  positionals: ["FILE or -"],
  options: {
    to: {
      type: "string",
      placeholder: "URL",
      required: true,
      value: "the address of a node",
      says: "the node's address",
    },
    ...signingOptions,
    ...collectionOption,
    "task-id": { ...taskIdOption["task-id"], says: "post under /task/ID, as through a proxy that many tasks share" },
    ...peerTimeoutOption,
    ...caOption,
  },
  jsonSays: "print one JSON object, the result",
  notes: [
    "The result of --json: url, httpStatus, ok, stored, key, version, text; hint where something looks wrong. Where it was not",
    "stored, message, and either ok (false) with code, or ok (true) with why (STALE) and heldVersion, the version that the node",
    "holds: equal to version where it is this very record, else a newer one.",
  ],
  examples: [
    "dbsharing publish record.json --to http://127.0.0.1:8080",
    "dbsharing publish data.json --key key.json --timestamp now --to http://127.0.0.1:8080",
  ],
  run,
};

async function run({ values, positionals: [file = "-"], output }) {
  const url = endpoint(values);
  if (values.key === undefined && values.timestamp !== undefined) {
    throw usageError("--timestamp changes what is signed, so it wants --key too");
  }
  const timeoutMs = values["peer-timeout"] * 1000;
  const fetch = await fetchTrusting(values);
  const content = await readJsonObject(file);
  if (values.key !== undefined) refuseSigned(content);
  const record = values.key === undefined ? content : await signData(content, values);
  refuseBadRecord(record);
  const result = await postRecord(url, record, { timeoutMs, fetch });
  output.event(result);
  output.line(sentenceAbout(result));
  if (result.hint && !values.json) output.warn(`is this right? ${result.hint}`);
}

function endpoint({ to, collection, "task-id": taskId }) {
  const path = [...(taskId === undefined ? [] : [`/task/${encodeURIComponent(taskId)}`]), `/${encodeURIComponent(collection)}`];
  // The address of its records, as a node prints it, is taken for that of the node.
  const url = httpUrl(to, "to");
  const records = url.replace(/\/(all|list)$/, "");
  const isOfRecords = records.endsWith(path.at(-1));
  return (isOfRecords ? withoutEnd(withoutEnd(records, path.at(-1)), path.at(-2)) : url) + path.join("");
}

function withoutEnd(url, end = "") {
  return url.endsWith(end) ? url.slice(0, url.length - end.length) : url;
}

function refuseSigned(content) {
  const isSigned = ["data", "publicKey", "signature"].every((name) => Object.hasOwn(content, name));
  if (isSigned) throw usageError("this is a signed record already, which --key would sign again; leave --key out");
}

/** No node would take it. */
function refuseBadRecord(record) {
  const { ok, code, message } = verifyRecord(record);
  const hint = Object.hasOwn(record, "signature") ? "" : "; give --key to sign it first";
  if (!ok) throw negativeResult(`the record is not posted: ${message}${hint}`, code);
}

/** @throws {CommandError} with exit code 1 where the node neither stored the record nor held it already */
function sentenceAbout({ url, ok, stored, key, version, heldVersion, why, code, message }) {
  if (stored) return `stored ${key} at ${url}`;
  if (ok && heldVersion !== undefined && heldVersion === version) return `${key} is held already at ${url}`;
  const fault = negativeResult(`${url} did not store the record: ${message}`, ok ? why : code);
  throw Object.assign(fault, { isTold: true }); // with --json, by the result
}
