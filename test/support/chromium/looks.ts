import assert from "node:assert/strict";
import { lowestContrast } from "./contrast.ts";
import type { Page } from "./page.ts";

/** Each part that is executed leaves a mark that {@link assertHarmless} finds, or sends a request. */
export const HOSTILE = [
  "<script>globalThis.obeyed = 1</script>",
  `"><img src=x onerror="globalThis.obeyed = 2">`,
  "</style></title></svg></script><script>globalThis.obeyed = 3</script>",
  `' onmouseover='globalThis.obeyed = 4`,
  "<a href=javascript:globalThis.obeyed=5>javascript:globalThis.obeyed=5</a>",
  "<iframe src=http://127.0.0.1:1/>",
  "{{constructor.constructor('globalThis.obeyed=6')()}} \u202E\u2066\u0007\u0000 ]]> -->",
].join(" ");

/** Asserts that the page executed no text, and requested only itself. */
export async function assertHarmless(page: Page): Promise<void> {
  assert.equal(await page.evaluate("typeof globalThis.obeyed"), "undefined");
  const foreign = "document.querySelectorAll('img, iframe, object, embed, link, a[href^=javascript]').length";
  assert.equal(await page.evaluate(foreign), 0);
  assert.equal(page.requests().length, 1, page.requests().join(" "));
  assert.deepEqual(page.complaints(), []);
}

/** Asserts that the page shows hostile text as text, without invisible characters and ones that change its direction. */
export async function assertShowsHostileText(page: Page): Promise<void> {
  const text = String(await page.evaluate("document.body.innerText"));
  assert.ok(text.includes("<script>globalThis.obeyed = 1</script>"));
  const all = String(await page.evaluate("document.body.textContent"));
  for (const hidden of ["\u202E", "\u2066", "\u0007"]) assert.ok(!all.includes(hidden), JSON.stringify(hidden));
}

/** Asserts that all visible text is readable in both themes, and that the themes differ. */
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

const PHONE_WIDTH = 360;

/** Asserts that the page does not scroll sideways and that nothing is cut off, except in elements that scroll themselves. */
export async function assertFitsPhone(page: Page): Promise<void> {
  await page.setWidth(PHONE_WIDTH);
  assert.equal(await page.evaluate("document.documentElement.scrollWidth"), PHONE_WIDTH);
  const beyond = await page.evaluate(
    `[...document.body.querySelectorAll("*")].filter((one) => one.checkVisibility() && one.closest(".scroll") === null
      && one.getBoundingClientRect().right > ${PHONE_WIDTH}).map((one) => one.outerHTML.slice(0, 200))`,
  );
  assert.deepEqual(beyond, []);
}
