// Replaces a file as a whole: a failure leaves the old file as it was, and nothing beside it.

import { randomBytes } from "node:crypto";
import { open, realpath, rename, rm, stat } from "node:fs/promises";

import { removeAtExit } from "./remove-at-exit.js";

const NAME_BYTES = 12;

/**
 * Calls `write(file)` with a new file beside the one at `path`, which then replaces it and keeps its permissions. A link stays
 * a link, and its target is replaced. What is not a file, such as /dev/null, is written to. Resolves with what `write` does.
 *
 * @throws {Error} of the system, or what `write` throws
 */
export async function replaceFile(path, write) {
  const target = await realpath(path).catch(() => path);
  const found = await stat(target).catch(() => undefined);
  return found && !found.isFile() ? writeInto(await open(target, "w"), write) : replace(target, found?.mode, write);
}

async function replace(target, mode, write) {
  // A random name: nobody can have put a link there, whose target would be overwritten, and no file of the user has it.
  const partial = `${target}.${randomBytes(NAME_BYTES).toString("hex")}.partial`;
  const stay = removeAtExit(partial); // before the file exists, because a signal may come as soon as it does
  try {
    const file = await open(partial, "wx");
    const result = await writeInto(file, async () => {
      if (mode !== undefined) await file.chmod(mode);
      const written = await write(file);
      await file.sync();
      return written;
    });
    await rename(partial, target);
    return result;
  } catch (error) {
    await rm(partial, { force: true });
    throw error;
  } finally {
    stay();
  }
}

async function writeInto(file, write) {
  try {
    return await write(file);
  } finally {
    await file.close();
  }
}
