// The contract of stores, over one row of the table of databases.
import assert from "node:assert/strict";

import { createSharing } from "../../js/index.js";
import { testStore } from "../../js/testing.js";
import { openDatabase, storeOver } from "./databases.js";

/** Registers the tests of this row with `test`. Returns a function that removes what they needed. */
export async function contractTests(row, test) {
  const { emptyPlace, remove } = await row.prepare();
  testStore(async () => openedStore(row, await emptyPlace()), { test });
  test("the driver itself is refused, and the message names its store", async () => {
    const { client, close } = await row.connect(await emptyPlace());
    try {
      if (client !== undefined) assertRefused(row, client);
    } finally {
      await close();
    }
  });
  return remove;
}

async function openedStore(row, place) {
  const opened = [await openDatabase(row, place)];
  const open = async () => {
    opened.push(await openDatabase(row, place));
    return opened.at(-1).store;
  };
  const closeAll = () => Promise.all(opened.splice(0).map(({ close }) => close()));
  return {
    store: opened[0].store,
    ...(row.isShared && { another: open }),
    ...(row.isSharedByStores && { another: () => storeOver(row, opened[0]) }),
    ...(!row.isVolatile && { reopen: () => closeAll().then(open) }),
    remove: closeAll,
  };
}

function assertRefused(row, client) {
  assert.throws(() => createSharing({ db: client }), {
    code: "OPTION_INVALID",
    message: new RegExp(`dbsharing/stores/${row.store}\\)`),
  });
}
