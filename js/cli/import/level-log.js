// What LevelDB reports only in the file LOG in its folder.

import { createReadStream } from "node:fs";
import { join } from "node:path";

import { linesOf } from "../lines.js";

const DROPPED = /: dropping (\d+) bytes; /;
const MAX_LINE_BYTES = 64 * 1024;

/** How many damaged bytes LevelDB has left out since the database in `folder` was opened. */
export async function droppedBytes(folder) {
  let bytes = 0;
  for await (const { text = "" } of linesOf(createReadStream(join(folder, "LOG")), { maxBytes: MAX_LINE_BYTES })) {
    bytes += Number(DROPPED.exec(text)?.[1] ?? 0);
  }
  return bytes;
}
