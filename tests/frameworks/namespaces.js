// Programs that see other files in /etc: these decide how names are looked up, for these programs only.
import { execFileSync } from "node:child_process";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { folderForNow } from "../package/install.js";

/** The option `skip` of a test: the reason if we may not make mount namespaces. */
export const noNamespaces = canUnshare() ? false : "it takes root on Linux, and mount namespaces";

function canUnshare() {
  try {
    execFileSync("unshare", ["--mount", "true"], { stdio: "ignore" });
    return true;
  } catch {
    return false;
  }
}

/** The command and its arguments that run a program for which /etc has `files`, a map from paths to texts. */
export async function seeing(files, command, args) {
  const folder = await folderForNow("dbsharing-etc-");
  const mounts = await Promise.all(
    Object.entries(files).map(async ([path, text], index) => {
      const file = join(folder, String(index));
      await writeFile(file, text);
      return `mount --bind ${file} ${path}`;
    }),
  );
  return ["unshare", ["--mount", "sh", "-c", `${mounts.join(" && ")} && exec "$@"`, "sh", command, ...args]];
}
