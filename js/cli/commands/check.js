// dbsharing check: whether everything in a database is still what was stored.

import { RECORDS_SUBLEVEL } from "../../core/level-root.js";
import { isKey, isVersion } from "../../core/store-contract.js";
import { ExitCode } from "../command-error.js";
import { SetDigest } from "../core.js";
import { dbOption, partBeforeKey, refuseOtherIdentity, repairDatabase, withStore } from "../database.js";
import { foreignKey } from "../foreign-keys.js";
import { batchesOf, judgeTexts } from "../judge-texts.js";
import { codeCounts, count } from "../output.js";
import { createProgress } from "../progress.js";
import { identityOfNodeOption } from "../task-options.js";

const FAULTS_SHOWN = 20;
const REPAIRED_FOREIGN =
  "The database is repaired. It holds no records of dbsharing, but keys of something else: dbsharing import reads those of a task.";
const NO_KEY = { code: "WRONG_KEY", message: "no record has such a key" };
// An accepted record stays sound, whatever the clock of this machine says today.
const END_OF_TIME_MS = Number.MAX_SAFE_INTEGER;

export const command = {
  name: "check",
  usage: "[--db FOLDER] [--identity record|owner] [--repair] [--json]",
  description:
    "Verifies every entry of a database: its text must be a record that the rules accept (otherwise the code of the rule is\n" +
    "printed), and its key and version must be those of the text (otherwise WRONG_KEY or WRONG_VERSION). Prints the first\n" +
    "entries that are wrong, and the digest of all entries. Ends with 1 if an entry is wrong: then export the database, and\n" +
    "import the file into a new folder. The node must not be running.",
  options: {
    ...dbOption,
    ...identityOfNodeOption,
    repair: {
      type: "boolean",
      says: "let LevelDB repair its files first if they are damaged; what it cannot read is lost",
    },
  },
  jsonSays: "print one JSON object instead: ok, records, sound, failed (counts by code), faults (the first), digest",
  examples: ["dbsharing check --db ./data"],
  run,
};

async function run({ values, output }) {
  if (values.repair) await repairDatabase(values.db, { command: "check" });
  const checked = await withStore(values.db, { command: "check", mayBeForeign: values.repair }, async (store, db) => {
    await refuseOtherIdentity(store, values.identity);
    return { ...(await checkEntries(store, db, values.identity)), isForeign: (await foreignKey(db)) !== undefined };
  });
  const { records, sound, failed, faults, digest } = checked;
  for (const { key, code, message } of faults) output.line(`${key}  ${output.style.red(code)}  ${message}`);
  if (records - sound > faults.length) output.line(`… and ${count(records - sound - faults.length, "other")}`);
  output.line(summary(checked));
  output.line(`digest ${digest}`);
  output.event({ ok: sound === records, records, sound, failed, faults, digest });
  return sound === records ? ExitCode.done : ExitCode.negative;
}

async function checkEntries(store, db, identity) {
  const progress = createProgress("record");
  const partBefore = partBeforeKey(db);
  const digest = new SetDigest();
  const checked = { records: 0, sound: 0, failed: {}, faults: [] };
  for await (const entries of batchesOf(store.entries(), ({ text }) => text)) {
    const verdicts = judgeTexts(
      entries.map(({ text }) => text),
      { identity, now: END_OF_TIME_MS },
    );
    entries.forEach((entry, at) => note(checked, entry, faultOf(entry, verdicts[at])));
    for (const { key, version } of entries) if (isVersion(version)) digest.add(key, version);
    await progress.at(checked.records, () => partBefore(entries.at(-1).key));
  }
  // The store does not see an entry with such a key.
  for await (const key of db.sublevel(RECORDS_SUBLEVEL).keys()) if (!isKey(key)) note(checked, { key }, NO_KEY);
  progress.clear();
  return { ...checked, digest: digest.hex() };
}

function note(checked, { key }, fault) {
  checked.records += 1;
  if (fault === undefined) {
    checked.sound += 1;
    return;
  }
  checked.failed[fault.code] = (checked.failed[fault.code] ?? 0) + 1;
  if (checked.faults.length < FAULTS_SHOWN) checked.faults.push({ key, ...fault });
}

function faultOf({ key, version }, verdict) {
  if (!verdict.ok) return { code: verdict.code, message: verdict.message };
  if (verdict.key !== key) return { code: "WRONG_KEY", message: `its text has the key ${verdict.key}` };
  if (verdict.version !== version) return { code: "WRONG_VERSION", message: `its text has the version ${verdict.version}` };
  return undefined;
}

function summary({ records, sound, failed, isForeign }) {
  if (records === 0 && isForeign) return REPAIRED_FOREIGN;
  if (records === 0) return "The database holds no records.";
  if (records === 1 && sound === 1) return "The record is sound.";
  if (sound === records) return `All ${count(records, "record")} are sound.`;
  return `${sound} of ${count(records, "record")} are sound; wrong: ${codeCounts(failed)}.`;
}
