import { nearestWord } from "./nearest-word.js";

/** An error of this kind for an option or an argument that is wrong. */
export function invalid(Kind, message) {
  return Object.assign(new Kind(message), { code: "OPTION_INVALID" });
}

/** The same for an option that is not one of these. */
export function unknownOption(name, known) {
  const near = nearestWord(name, known);
  const hint = near === undefined ? `known ${known.length === 1 ? "is" : "are"} ${known.join(", ")}` : `did you mean ${near}?`;
  return invalid(TypeError, `option ${name} is unknown; ${hint}`);
}
