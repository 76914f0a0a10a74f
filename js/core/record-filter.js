// Which records are read: checks the filter of records() and turns it into what wasm takes.
import { check } from "./options.js";

const isString = (value) => typeof value === "string";

const RULES = {
  publicKey: { wanted: "a base58 string", accepts: isString },
  prefix: { wanted: "a string, what the keys of the records begin with", accepts: isString, fallback: "" },
  after: { wanted: "a string, the key to begin after", accepts: isString, fallback: "" },
  limit: {
    wanted: "an integer from 0 to 2^53-1",
    accepts: (value) => Number.isSafeInteger(value) && value >= 0,
    isRange: true,
  },
};

/**
 * The filter as `{ after, prefix, limit }`; `slotOf(publicKey)` returns the key of an owner's only slot and throws for
 * what is not a public key, and `isOwner` says whether such slots are held. Throws OPTION_INVALID or BAD_KEY.
 */
export function checkFilter(filter = {}, { isOwner, slotOf }) {
  const { publicKey, prefix, after, limit } = check(filter, RULES, "records");
  if (publicKey === undefined) return { after, prefix, limit };
  const slot = slotOf(publicKey);
  const slotPrefix = isOwner ? slot : `${slot}/`;
  if (prefix.startsWith(slotPrefix)) return { after, prefix, limit };
  return { after, prefix: slotPrefix, limit: slotPrefix.startsWith(prefix) ? limit : 0 };
}
