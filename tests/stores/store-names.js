// The ready-made stores, as js/stores/ has them.
import { readdirSync } from "node:fs";

/** The names of all stores, sorted: dbsharing/stores/NAME exports the function `storeFunction(NAME)`. */
export function storeNames() {
  const files = readdirSync(new URL("../../js/stores/", import.meta.url)).sort();
  return files.filter((file) => file.endsWith(".d.ts")).map((file) => file.slice(0, -".d.ts".length));
}

/** The function that a store exports: "toy" has toyStore, and "toy-box" has toyBoxStore. */
export function storeFunction(name) {
  return `${name.replace(/-(.)/g, (_, letter) => letter.toUpperCase())}Store`;
}
