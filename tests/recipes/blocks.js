// The recipes as their readers get them: code blocks of the README, or of recipes.md for as long as they are not there.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { root } from "../package/install.js";

/** Where blocks are looked for; the first file that has one gives it. */
const SOURCES = ["README.md", "tests/recipes/recipes.md"];

const texts = SOURCES.map((path) => readFileSync(join(root, path), "utf8"));

/** The code block in this language that has these words in it. */
export function block(language, words) {
  const found = texts.flatMap(blocksOf).find((one) => one.language === language && one.code.includes(words));
  if (found === undefined) throw new Error(`no ${language} block of ${SOURCES.join(" or ")} has ${JSON.stringify(words)}`);
  return found.code;
}

function blocksOf(text) {
  return [...text.matchAll(/^```(\w+)\n(.*?)^```$/gms)].map(([, language, code]) => ({ language, code }));
}
