// A process of its own, because LevelDB ends the process that repairs or compacts files that are damaged in some ways. It
// repairs the database in the folder that is its argument, and sends its parent `{ code, message }` of what failed, or `{}`.

import { ClassicLevel } from "classic-level";

/** Repairs, and lets LevelDB read and write everything, so that no later command is the first to find that it cannot. */
async function repair(folder) {
  // LevelDB does not take the lock when it repairs, so the lock is tried here.
  const refusal = await use(folder, () => {}).catch(({ cause }) => cause);
  if (refusal?.code === "LEVEL_LOCKED") throw refusal;
  await ClassicLevel.repair(folder);
  await use(folder, (db) => db.compactRange("\u0000", "\uffff"));
}

async function use(folder, work) {
  const db = new ClassicLevel(folder, { createIfMissing: false }); // creating would remove what is still there
  try {
    await db.open();
    await work(db);
  } finally {
    await db.close();
  }
}

const fault = await repair(process.argv[2]).then(
  () => ({}),
  (error) => ({ code: (error.cause ?? error).code, message: (error.cause ?? error).message }),
);
process.send(fault, () => process.disconnect());
