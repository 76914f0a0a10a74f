// A folder for what an import has to read twice or must not change. It is removed when the process ends.

import { randomBytes } from "node:crypto";
import { mkdirSync } from "node:fs";
import { rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { cannotRun } from "../command-error.js";
import { reasonOf } from "../input.js";
import { removeAtExit } from "../remove-at-exit.js";

const NAME_BYTES = 12;

export class TemporaryFolder {
  #folder;
  #stay;
  #names = 0;

  /** A path in the folder at which there is nothing yet. The folder is made for the first one. */
  path() {
    this.#folder ??= this.#make();
    return join(this.#folder, String((this.#names += 1)));
  }

  #make() {
    const folder = join(tmpdir(), `dbsharing-import-${randomBytes(NAME_BYTES).toString("hex")}`);
    this.#stay = removeAtExit(folder); // before the folder exists, because a signal may come as soon as it does
    try {
      mkdirSync(folder, { mode: 0o700 });
    } catch (cause) {
      throw temporaryFault("make a folder in", cause);
    }
    return folder;
  }

  async remove() {
    if (this.#folder === undefined) return;
    await rm(this.#folder, { recursive: true, force: true });
    this.#stay();
  }
}

/** The error of a failed write to that folder: `what` could not be done, such as "keep it in". */
export function temporaryFault(what, cause) {
  const place = `${tmpdir()}, the folder for temporary files`;
  return cannotRun(`cannot ${what} ${place}: ${reasonOf(cause, "folder")}; set TMPDIR to another folder`, cause);
}
