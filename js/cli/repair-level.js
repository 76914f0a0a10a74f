// A program of its own, because LevelDB ends the process that mends or compacts files which are damaged in some ways. It
// mends the database in the folder that is its argument, and tells its parent `{ code, message }` of what failed, or `{}`.

import { ClassicLevel } from "classic-level";

/** Mends, and has LevelDB read and write all of it, so that no later command is the first to find out that it cannot. */
async function mend(folder) {
  // LevelDB does not ask for the lock when it mends, so it is asked for here.
  const fault = await use(folder, () => {}).catch(({ cause }) => cause);
  if (fault?.code === "LEVEL_LOCKED") throw fault;
  await ClassicLevel.repair(folder);
  await use(folder, (db) => db.compactRange("\u0000", "\uffff"));
}

async function use(folder, work) {
  const db = new ClassicLevel(folder, { createIfMissing: false }); // which would remove what is still there
  try {
    await db.open();
    await work(db);
  } finally {
    await db.close();
  }
}

const told = await mend(process.argv[2]).then(
  () => ({}),
  (error) => ({ code: (error.cause ?? error).code, message: (error.cause ?? error).message }),
);
process.send(told, () => process.disconnect());
