/** @type {import("../databases.js").Row[]} */
export const databases = [{ name: "indexeddb", store: "indexeddb", testedIn: "tests/browser/indexeddb.test.js" }];
