// The recipes as their readers get them: code blocks of the README.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { root } from "../package/install.js";

export const readme = readFileSync(join(root, "README.md"), "utf8");
const blocks = [...readme.matchAll(/^```(\w+)\n(.*?)^```$/gms)].map(([, language, code]) => ({ language, code }));

/** The code block in this language that contains these words. */
export function block(language, words) {
  const found = blocks.find((one) => one.language === language && one.code.includes(words));
  if (found === undefined) throw new Error(`no ${language} block of the README has ${JSON.stringify(words)}`);
  return found.code;
}
