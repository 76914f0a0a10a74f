// A file that is replaced as a whole: what fails half-way leaves the last one as it was, and nothing beside it.

import { randomBytes } from "node:crypto";
import { open, realpath, rename, rm, stat } from "node:fs/promises";

import { removeAtExit } from "./remove-at-exit.js";

const NAME_BYTES = 12;

/**
 * What `write(file)` gives, which writes into a new file beside the one at `path`; then it takes that one's place and its
 * permissions. A link stays one, and its target is replaced. What is no file, as /dev/null, is written into.
 *
 * @throws {Error} of the system, or whatever `write` throws
 */
export async function replaceFile(path, write) {
  const target = await realpath(path).catch(() => path);
  const found = await stat(target).catch(() => undefined);
  return found && !found.isFile() ? writeInto(await open(target, "w"), write) : replace(target, found?.mode, write);
}

async function replace(target, mode, write) {
  // Nobody can have put a link there, whose target would be overwritten, and no file of the user has this name.
  const partial = `${target}.${randomBytes(NAME_BYTES).toString("hex")}.partial`;
  const stay = removeAtExit(partial); // before it is there: a signal may come as soon as it is
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
