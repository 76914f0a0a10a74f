import { shortened } from "./store-contract.js";

/** Makes an Error with a stable `code`; the wasm makes its own of the same form. */
export function coded(code, message, cause) {
  const error = new Error(message, cause === undefined ? undefined : { cause });
  error.name = "DbSharingError";
  error.code = code;
  return error;
}

/** Whether this was made by `coded`, here or in the wasm. */
export function isCoded(error) {
  return error instanceof Error && error.name === "DbSharingError" && typeof error.code === "string";
}

/** A sentence for whatever was thrown, cut. */
export function messageOf(thrown) {
  try {
    const message = thrown instanceof Error || typeof thrown?.message === "string" ? thrown.message : String(thrown);
    const cause = thrown?.cause?.code ?? thrown?.cause?.message;
    return shortened(typeof cause === "string" && !message.includes(cause) ? `${message} (${cause})` : message);
  } catch {
    return "something that cannot be printed was thrown";
  }
}
