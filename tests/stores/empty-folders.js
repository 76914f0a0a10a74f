// The place of a database that lives in a folder.
import { mkdir, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** The `prepare` of a row: each place is an empty folder. */
export async function emptyFolders() {
  const parent = await mkdtemp(join(tmpdir(), "dbsharing-database-"));
  let count = 0;
  return {
    async emptyPlace() {
      count += 1;
      const place = join(parent, String(count));
      await mkdir(place);
      return place;
    },
    remove: () => rm(parent, { recursive: true, force: true }),
  };
}
