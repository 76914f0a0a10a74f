// dbsharing import: the records of files and of tasks' databases, into the database of a node.

import { stat } from "node:fs/promises";

import { atSignal } from "../at-signal.js";
import { ExitCode, usageError } from "../command-error.js";
import { dbOption, identityOfNodeOption, refuseOtherIdentity, WHEN_LOCKED, withStore } from "../database.js";
import { eventAbout, interruptedLine, isWhole, linesAbout } from "../import/import-words.js";
import { importAll, newOutcome } from "../import/import-all.js";
import { copyOfLevel, isLevelFolder } from "../import/level-folder.js";
import { openSource } from "../import/sources.js";
import { TemporaryFolder } from "../import/temporary-folder.js";

export const command = {
  name: "import",
  usage: "[FILE|FOLDER|-]… [--db FOLDER] [--identity record|owner] [--dry-run] [--json]",
  description:
    "Stores the records that it finds and that are valid and newer than what the database holds. It reads, and tells apart\n" +
    "by what is in them: records one a line, a JSON array or what curl saved of a node, bare or as { key, value }; a NeDB\n" +
    "file of a task, which for many tasks is KOIILevelDB.db; a LevelDB folder of a task or of a node. None of them is\n" +
    "altered: a LevelDB is copied to the folder for temporary files first. Documents that are no records are counted and\n" +
    "left out. A record without its signature is joined with the proof of its key, from any of the files: an object with\n" +
    "publicKey and signature, or the signature alone under a key like proofs:KEY. If it is interrupted, run it again: what\n" +
    "is held stays as it is. Ends with 1 when a record is rejected or lost, or when there is none. Neither the node nor, for\n" +
    "a LevelDB, the task may be running.\n\n" +
    "A task with a db_model.js keeps one record a key: give --identity owner for it, to this command and to the node.",
  positionals: ["FILE, FOLDER or -"],
  hasMorePositionals: true,
  options: {
    db: { ...dbOption.db, says: `${dbOption.db.says}; made if it is not there` },
    ...identityOfNodeOption,
    "dry-run": {
      type: "boolean",
      says: "say what would be done, compared with a copy of the database, if it is there; write nothing",
    },
  },
  jsonSays:
    "print one JSON object instead: ok, lines (or items, documents, keys), written, stale, rejected; with --dry-run dryRun; " +
    "of other than one file of records also joined and sources, each file, kind, read, records, unsigned, proofs, unreadable, " +
    "ignored, where damaged lostBytes",
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

/** What a dry run writes to in the place of the database: a copy of it, or an empty one where one would be made. */
async function standIn(folder, temporary) {
  if (isLevelFolder(folder)) return copyOfLevel(folder, temporary, WHEN_LOCKED);
  const found = await stat(folder).catch(() => undefined);
  return found && !found.isDirectory() ? folder : temporary.path(); // a file cannot be opened, which is then said
}

function say(done, output) {
  for (const line of linesAbout(done, output.style)) output.line(line);
  output.event(eventAbout(done));
}
