// The databases whose clients are killed: one row each. A new store gets its crash tests by a row here.
import { ClassicLevel } from "classic-level";

import { levelStore } from "../../js/stores/level.js";

/**
 * @typedef {object} Row
 * @property {string} name what the tests and `npm run test:crash -- --only NAME` call it
 * @property {(folder: string) => Promise<{ store: object, close: () => Promise<void> }>} open a store over what is in
 *   this folder, or in whatever else the folder's name stands for; the same data at each call, in whichever process
 * @property {() => string | undefined | Promise<string | undefined>} [whyNot] why this database cannot be tested here
 * @property {(folder: string) => Promise<void>} [remove] takes away what `open` keeps outside of the folder
 */

/** @type {Row[]} */
export const databases = [
  {
    name: "level",
    async open(folder) {
      const db = new ClassicLevel(folder);
      await db.open();
      return { store: levelStore(db), close: () => db.close() };
    },
  },
];
