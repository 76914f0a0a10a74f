// dbsharing import: the records of files and of databases of tasks, into the database of a node.

import { stat } from "node:fs/promises";

import { atSignal } from "../at-signal.js";
import { ExitCode, usageError } from "../command-error.js";
import { dbOption, refuseOtherIdentity, WHEN_LOCKED, withStore } from "../database.js";
import { eventAbout, interruptedLine, isWhole, linesAbout } from "../import/import-words.js";
import { importAll, newOutcome } from "../import/import-all.js";
import { copyOfLevel, isLevelFolder } from "../import/level-folder.js";
import { openSource } from "../import/sources.js";
import { TemporaryFolder } from "../import/temporary-folder.js";
import { identityOfNodeOption } from "../task-options.js";

export const command = {
  name: "import",
  usage: "[FILE|FOLDER|-]… [--db FOLDER] [--identity record|owner] [--dry-run] [--json]",
  description:
    "Stores the valid records that it finds if they are newer than those in the database. It recognises by content: records\n" +
    "one per line, a JSON array or what curl saved from a node, bare or as { key, value }; a NeDB file of a task, which for\n" +
    "many tasks is KOIILevelDB.db; a LevelDB folder of a task or of a node. It changes none of them: a LevelDB is first\n" +
    "copied to the folder for temporary files. Documents that are not records are counted and left out. A record without\n" +
    "its signature is joined with the proof of its public key, from any of the files: an object with publicKey and\n" +
    "signature, or only the signature under a key like proofs:KEY. If the command is interrupted, run it again: records\n" +
    "that are held stay as they are. Ends with 1 if a record is rejected or lost, or if there is none. The node must not be\n" +
    "running, and for a LevelDB neither may the task.\n\n" +
    "A task with a db_model.js keeps one record for each public key: give --identity owner for it, to this command and to\n" +
    "the node.",
  positionals: ["FILE, FOLDER or -"],
  hasMorePositionals: true,
  options: {
    db: { ...dbOption.db, says: `${dbOption.db.says}; created if it does not exist` },
    ...identityOfNodeOption,
    "dry-run": {
      type: "boolean",
      says: "only say what would be done, compared with a copy of the database if there is one; write nothing",
    },
  },
  jsonSays:
    "print one JSON object instead: ok, lines (also if they are items, documents or keys), written, stale, rejected; with " +
    "--dry-run dryRun; unless the source is one file of records also joined and sources, each with file, kind, read, records, " +
    "unsigned, proofs, unreadable, ignored, and lostBytes if it is damaged",
  examples: [
    "dbsharing import records.ndjson --db ./data",
    "gunzip < records.gz | dbsharing import --db ./data",
    "dbsharing import namespace/TASK_ID/KOIILevelDB.db --db ./data --identity owner --dry-run",
    "dbsharing import linktree-all.json proofs-all.json --db ./data --identity owner",
  ],
  run,
};

async function run({ values, positionals, output }) {
  const paths = positionals.length === 0 ? ["-"] : positionals;
  refuseRepeated(paths);
  const isDryRun = Boolean(values["dry-run"]);
  const temporary = new TemporaryFolder();
  const sources = [];
  const outcome = newOutcome();
  const forget = atSignal(() => output.warn(interruptedLine(outcome, isDryRun)));
  try {
    for (const path of paths) sources.push(await openSource(path, { target: values.db, temporary }));
    const folder = isDryRun ? await standIn(values.db, temporary) : values.db;
    await withStore(folder, { command: "import", create: true, called: values.db }, async (store) => {
      await refuseOtherIdentity(store, values.identity);
      await importAll({ store, sources, identity: values.identity, temporary, outcome });
    });
    say({ sources, outcome, isDryRun }, output);
    return isWhole({ sources, outcome }) ? ExitCode.done : ExitCode.negative;
  } finally {
    forget();
    for (const source of sources) await source.close();
    await temporary.remove();
  }
}

function refuseRepeated(paths) {
  const repeated = paths.find((path, at) => paths.indexOf(path) !== at);
  if (repeated !== undefined) throw usageError(`${repeated === "-" ? "standard input" : repeated} is given twice`);
}

/** The database that a dry run writes to instead: a copy, or an empty one if the database does not exist. */
async function standIn(folder, temporary) {
  if (isLevelFolder(folder)) return copyOfLevel(folder, temporary, WHEN_LOCKED);
  const found = await stat(folder).catch(() => undefined);
  return found && !found.isDirectory() ? folder : temporary.path(); // a file cannot be opened, which is then reported
}

function say(done, output) {
  for (const line of linesAbout(done, output.style)) output.line(line);
  output.event(eventAbout(done));
}
