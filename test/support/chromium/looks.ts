import assert from "node:assert/strict";
import { lowestContrast } from "./contrast.ts";
import type { Page } from "./page.ts";

/** Whatever of it is obeyed leaves a mark that {@link assertHarmless} sees, or asks for something. */
export const HOSTILE = [
  "<script>globalThis.obeyed = 1</script>",
  `"><img src=x onerror="globalThis.obeyed = 2">`,
  "</style></title></svg></script><script>globalThis.obeyed = 3</script>",
  `' onmouseover='globalThis.obeyed = 4`,
  "<a href=javascript:globalThis.obeyed=5>javascript:globalThis.obeyed=5</a>",
  "<iframe src=http://127.0.0.1:1/>",
  "{{constructor.constructor('globalThis.obeyed=6')()}} \u202E\u2066\u0007\u0000 ]]> -->",
].join(" ");

/** Nothing of what the page shows was obeyed, and it asked for nothing but itself. */
export async function assertHarmless(page: Page): Promise<void> {
  assert.equal(await page.evaluate("typeof globalThis.obeyed"), "undefined");
  const foreign = "document.querySelectorAll('img, iframe, object, embed, link, a[href^=javascript]').length";
  assert.equal(await page.evaluate(foreign), 0);
  assert.equal(page.requests().length, 1, page.requests().join(" "));
  assert.deepEqual(page.complaints(), []);
}

/** The page shows hostile text as text; invisible characters and those that turn text around would make it lie. */
export async function assertShowsHostileText(page: Page): Promise<void> {
  const text = String(await page.evaluate("document.body.innerText"));
  assert.ok(text.includes("<script>globalThis.obeyed = 1</script>"));
  const all = String(await page.evaluate("document.body.textContent"));
  for (const hidden of ["\u202E", "\u2066", "\u0007"]) assert.ok(!all.includes(hidden), JSON.stringify(hidden));
}

/** All that is shown can be read in both themes, which differ. */
export async function assertReadable(page: Page): Promise<void> {
  const backgrounds = new Set<unknown>();
  for (const theme of ["light", "dark"] as const) {
    await page.setTheme(theme);
    backgrounds.add(await page.evaluate("getComputedStyle(document.body).backgroundColor"));
    const { ratio, text } = await lowestContrast(page);
    assert.ok(ratio >= 4.5, `${theme}: "${text}" has a contrast of ${ratio}`);
  }
  assert.equal(backgrounds.size, 2);
}

const TELEPHONE = 360;

/** Nothing is to be scrolled sideways, and nothing is cut off at the right, but what scrolls or is cut short by itself. */
export async function assertFitsTelephone(page: Page): Promise<void> {
  await page.setWidth(TELEPHONE);
  assert.equal(await page.evaluate("document.documentElement.scrollWidth"), TELEPHONE);
  const beyond = await page.evaluate(
    `[...document.body.querySelectorAll("*")].filter((one) => one.checkVisibility() && one.closest(".scroll") === null
      && one.getBoundingClientRect().right > ${TELEPHONE}).map((one) => one.outerHTML.slice(0, 200))`,
  );
  assert.deepEqual(beyond, []);
}
