// The messages of the library in the words of the command line, where its options have other names.

const PRIVATE =
  "private networks are asked if the service is on one and lists no public address, or with --allow-private-networks";

const WORDS = [
  [/is on a private network; [^;(]*?allowPrivateNetworks(?:, is wanted| to true)?/, `is on a private network; ${PRIVATE}`],
  [/\boption (?:fetch: )?nodeFetch\(\{ ca \}\)|\bnodeFetch\(\{ ca \}\)/g, "--ca"],
  [/--ca takes its authority's/, "--ca takes a file with its authority's"],
  [/ createSharing does not enter this node into that list: see README, The service/, ""], // here it is registered
  [/\boption taskId and collection\b/g, "--task-id and --collection"],
  [/\boption taskId\b/g, "--task-id"],
  [/\boption peers\b/g, "--peer"],
  [/\boption serviceUrl\b/g, "--service-url"],
  [/\ballowPrivateNetworks\b/g, "--allow-private-networks"],
  [/\bpeerTimeoutMs\b/g, "--peer-timeout"],
  [/ \((?:maxBodyBytes|storeTimeoutMs)\)/g, ""],
  [/\b(?:db\.\w+\(\) failed: )?levelStore could not /g, "could not "],
  [/\bdb\.\w+\(\) failed: /g, ""],
  [/\bdb\.\w+\(\) (did not|answered)/g, "it $1"],
];

/** A sentence of the library with the names that its options have on the command line. */
export function inWordsOfOptions(message) {
  return WORDS.reduce((text, [words, ours]) => text.replace(words, ours), message);
}

/** A url from a list without what may be secret: a password, a query. */
export function shownUrl(url) {
  return url.replace(/\/\/[^/?#]*@/, "//…@").replace(/\?.*$/, "?…");
}
