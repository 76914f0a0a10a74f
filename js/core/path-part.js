// What can be one part of a path at every node and service.

/** The most characters of a task's id. */
export const MAX_PATH_PART_CHARACTERS = 128;
/** What a path cannot hold as one of its parts, or what a proxy on the way would split. */
export const UNSAFE_IN_PATH = /[\s\p{Cc}\p{Cf}\p{Cs}/\\?#%]/u;

/** Whether this is a text that is the same part of a path everywhere. */
export function isPathPart(value) {
  const isText = typeof value === "string" && value !== "" && value.length <= MAX_PATH_PART_CHARACTERS;
  return isText && ![".", ".."].includes(value) && !UNSAFE_IN_PATH.test(value);
}
