// Which records are read: the filter of records(), checked, as what wasm takes.
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
 * The filter as `{ after, prefix, limit }`; `slotOf(publicKey)` gives the key of an owner's only slot and throws where
 * it is no key, and `isOwner` says whether such slots are what is held. Throws OPTION_INVALID or BAD_KEY.
 */
export function checkFilter(filter = {}, { isOwner, slotOf }) {
  const { publicKey, prefix, after, limit } = check(filter, RULES, "records");
  if (publicKey === undefined) return { after, prefix, limit };
  const slot = slotOf(publicKey);
  const own = isOwner ? slot : `${slot}/`;
  if (prefix.startsWith(own)) return { after, prefix, limit };
  return { after, prefix: own, limit: own.startsWith(prefix) ? limit : 0 };
}
