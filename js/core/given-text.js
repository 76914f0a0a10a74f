// What a task gives: a record or data as JSON text, and a uuid.
import { coded, messageOf } from "./errors.js";
import { kindName } from "./kind-name.js";

/** Throws BAD_SHAPE for what is not an object, or has no JSON text; what is wrong with a text says the wasm. */
export function textOfRecord(record) {
  if (typeof record === "string") return JSON.stringify(record); // the wasm knows many that were meant as a record
  return textOfObject("the record", record, "an object with data, publicKey and signature");
}

/** The same of data that is to be signed. */
export function textOfData(data) {
  return textOfObject("data", data, "an object");
}

/** Throws BAD_ID, in the words in which the wasm judges what is signed, but for its length, which is the wasm's own. */
export function mustBeUuid(uuid, name) {
  if (typeof uuid !== "string") throw coded("BAD_ID", `${name} is missing or not a string; wanted a non-empty string`);
  if (uuid === "") throw coded("BAD_ID", `${name} is empty; wanted a non-empty string`);
}

function textOfObject(name, value, wanted) {
  const isObject = typeof value === "object" && value !== null;
  const text = isObject ? writtenText(name, value) : undefined;
  if (text !== undefined) return text;
  const got = isObject ? "an object whose toJSON gives nothing" : kindName(value);
  const hint = typeof value === "string" ? ": JSON text has to be parsed first" : "";
  throw coded("BAD_SHAPE", `${name} is ${got}, wanted ${wanted}${hint}`);
}

function writtenText(name, value) {
  try {
    return JSON.stringify(value);
  } catch (error) {
    const reason = messageOf(error).replace(/(?:\\u000a|\s)+/g, " "); // an engine shows a circle in several lines
    throw coded("BAD_SHAPE", `${name} cannot be written as JSON: ${reason}`);
  }
}
