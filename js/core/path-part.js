// What can be one segment of a path at every node and service.

/** The limit for a task id. */
export const MAX_PATH_PART_CHARACTERS = 128;
/** What a segment of a path cannot contain, or what a proxy on the way would split. */
export const UNSAFE_IN_PATH = /[\s\p{Cc}\p{Cf}\p{Cs}/\\?#%]/u;

/** Whether this is a string that is the same segment of a path everywhere. */
export function isPathPart(value) {
  const isText = typeof value === "string" && value !== "" && value.length <= MAX_PATH_PART_CHARACTERS;
  return isText && ![".", ".."].includes(value) && !UNSAFE_IN_PATH.test(value);
}
