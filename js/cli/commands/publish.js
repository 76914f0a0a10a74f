// dbsharing publish: posts a record to a node, signed first where a key is given.

import { httpUrl } from "../arguments.js";
import { negativeResult, usageError } from "../command-error.js";
import { readJsonObject } from "../input.js";
import { request } from "../request.js";
import { signData, signingOptions } from "./sign.js";

const TIMEOUT_MS = 10_000;
const MAX_PAGE_CHARACTERS = 200;
const MAX_QUOTED_CHARACTERS = 1000; // the longest key has less

export const command = {
  name: "publish",
  usage: "[FILE|-] --to URL [--key KEYFILE [--timestamp now|MS]] [--collection NAME] [--task-id ID]",
  description:
    "Posts the record in FILE, or on standard input, to a node that accepts writes. With --key the file holds data,\n" +
    "which is signed first. Ends with 1 when the node refuses the record or does not answer.",
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
    collection: {
      type: "string",
      placeholder: "NAME",
      default: "linktree",
      value: "a collection",
      says: "the collection",
    },
    "task-id": {
      type: "string",
      placeholder: "ID",
      value: "a task's id",
      says: "post under /task/ID, as through a node's proxy",
    },
  },
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
  const content = await readJsonObject(file);
  const record = values.key === undefined ? content : await signData(content, values);
  const answer = await postRecord(url, record);
  output.event(answer);
  if (!answer.ok) throw negativeResult(`${url} did not store the record: ${answer.message}`, answer.code);
  output.line(`stored ${answer.key ?? "the record"} at ${url}`);
}

function endpoint({ to, collection, "task-id": taskId }) {
  const path = [...(taskId === undefined ? [] : ["task", taskId]), collection];
  return `${httpUrl(to, "to")}/${path.map(encodeURIComponent).join("/")}`;
}

/** What a node answers to a record: `{ ok, status, key?, code?, message? }`. Never rejects. */
export async function postRecord(url, record) {
  try {
    const { ok, status, body } = await request(url, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify(record),
      timeoutMs: TIMEOUT_MS,
    });
    return { ok, status, ...whatItSays(body.toString(), status) };
  } catch ({ code, message }) {
    return { ok: false, code, message };
  }
}

function whatItSays(text, status) {
  try {
    const { key, version, code, message } = JSON.parse(text);
    const said = { key: quoted(key), version: quoted(version), code: quoted(code), message: quoted(message) };
    if (said.key ?? said.code ?? said.message) return said;
  } catch {
    // A node that answers in another way is quoted below.
  }
  return { message: `status ${status}: ${text.slice(0, MAX_PAGE_CHARACTERS).replace(/\s+/g, " ")}` };
}

function quoted(value) {
  return typeof value === "string" ? value.slice(0, MAX_QUOTED_CHARACTERS) : undefined;
}
