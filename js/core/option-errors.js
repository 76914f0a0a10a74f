// Errors for options and arguments, in one form: what was given, then what was wanted.
import { nearestWord } from "./nearest-word.js";

/** An error of this kind, with the code OPTION_INVALID. */
export function invalid(Kind, message) {
  return Object.assign(new Kind(message), { code: "OPTION_INVALID" });
}

/** The same for an argument: `call` shows where it stands, "levelStore(db)". */
export function wrongArgument(call, got, wanted, Kind = TypeError) {
  return invalid(Kind, `${call} got ${got}; wanted ${wanted}`);
}

/** The same for an option that is not one of these. */
export function unknownOption(name, known) {
  const near = nearestWord(name, known);
  const hint = near === undefined ? `known ${known.length === 1 ? "is" : "are"} ${known.join(", ")}` : `did you mean ${near}?`;
  return invalid(TypeError, `option ${name} is unknown; ${hint}`);
}
