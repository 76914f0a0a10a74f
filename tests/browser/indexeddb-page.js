// Pages for the tests of the IndexedDB store.

/** A page that has the functions of the fixture as `it`. */
export async function openIndexeddbPage(browser) {
  const page = await browser.newPage();
  await page.evaluate(async () => {
    globalThis.it = await import("/tests/browser/fixtures/indexeddb.js");
  });
  return page;
}
