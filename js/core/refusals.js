// The result for a record that is not stored, and not because something newer is held.
import { isCoded, messageOf } from "./errors.js";

/** With this code and message. */
export function refusal(code, message) {
  return { ok: false, stored: false, code, message };
}

/** The same from an error; one without a code of ours is INTERNAL. */
export function refusalOf(error) {
  return refusal(isCoded(error) || error?.code === "OPTION_INVALID" ? error.code : "INTERNAL", messageOf(error));
}
