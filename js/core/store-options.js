// What is given to a ready-made store beside its database: nothing that is misspelled may be ignored, because records would
// be kept in another place than was meant.
import { invalid, unknownOption } from "./option-errors.js";
import { printed } from "./kind-name.js";

/** Throws OPTION_INVALID where `options`, the second argument of `store(subject, options)`, is not an object of these options. */
export function checkStoreOptions(store, subject, options, known) {
  if (!isOptions(options)) {
    throw invalid(
      TypeError,
      `${store}(${subject}, options) wants an object { ${known.join(", ")} }; it got ${printed(options)}`,
    );
  }
  refuseUnknown(options, known);
}

/** Throws OPTION_INVALID for a name that is not one of these. */
export function refuseUnknown(options, known) {
  const unknown = Object.keys(options).find((name) => !known.includes(name));
  if (unknown !== undefined) throw unknownOption(unknown, known);
}

/** Throws OPTION_INVALID for options that a store does not take. What `map` hands over beside an item is not meant as such. */
export function refuseOptions(options, message) {
  if (isOptions(options)) throw invalid(TypeError, message);
}

function isOptions(value) {
  return value !== null && typeof value === "object" && !Array.isArray(value);
}
