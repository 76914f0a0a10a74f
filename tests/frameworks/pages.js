// Pages of the frameworks' own servers, in Chromium.

/** The text that a page shows in its first <output>, once there is one. */
export async function shownIn(browser, url) {
  const page = await browser.newPage();
  await page.goto(url);
  return page.textContent("output");
}
