// The authorities whose certificates are trusted instead of those that Node knows.

import { nodeFetch } from "../http.js";
import { cannotRun } from "./command-error.js";
import { readInput } from "./input.js";

const MAX_FILE_BYTES = 4 * 1024 * 1024;

/** The option of every command that makes requests. */
export const caOption = {
  ca: {
    type: "string",
    placeholder: "FILE",
    value: "a file of certificates in PEM",
    says: "trust the certificates that these authorities signed, and no others; a file of certificates in PEM",
  },
};

/** A fetch that trusts the authorities in the file `ca`, or without it those that Node knows. */
export async function fetchTrusting({ ca }) {
  if (ca === undefined) return nodeFetch();
  const content = await readInput(ca, { maxBytes: MAX_FILE_BYTES, tooLong: "; wanted certificates", option: "ca" });
  try {
    return nodeFetch({ ca: content.toString() });
  } catch (cause) {
    throw cannotRun(`${ca} for --ca holds no certificate; wanted a file of certificates in PEM`, cause);
  }
}
