import type { Page } from "./page.ts";

/**
 * Returns the visible text with the lowest contrast to its background, and that contrast, as WCAG 2.2 defines it under
 * "contrast ratio".
 */
export async function lowestContrast(page: Page): Promise<{ readonly ratio: number; readonly text: string }> {
  const found = await page.evaluate(`(${String(measure)})()`);
  return found as { ratio: number; text: string };
}

/** The used part of the browser's document, whose types this project does not have. */
type PageElement = {
  readonly localName: string;
  readonly parentElement: PageElement | null;
  readonly checkVisibility: () => boolean;
  readonly closest: (selector: string) => PageElement | null;
};
type PageText = { readonly data: string; readonly parentElement: PageElement };
type Walker = { readonly nextNode: () => PageText | null };
type Style = Readonly<Record<"color" | "backgroundColor" | "fill", string>>;
type PageGlobals = {
  readonly document: {
    readonly body: PageElement;
    readonly createTreeWalker: (root: PageElement, whatToShow: number) => Walker;
  };
  readonly getComputedStyle: (element: PageElement) => Style;
  readonly NodeFilter: { readonly SHOW_TEXT: number };
};

/** Runs in the page, so it uses nothing outside itself. */
function measure(): { ratio: number; text: string } {
  // the globals of the browser
  const { document, getComputedStyle, NodeFilter } = globalThis as unknown as PageGlobals;
  const parse = (color: string): number[] => (color.match(/[\d.]+/g) ?? []).map(Number);
  const luminance = (color: string): number => {
    const [red = 0, green = 0, blue = 0] = parse(color).map((part) => {
      const share = part / 255;
      return share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4;
    });
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
  };
  const backgroundOf = (element: PageElement): string => {
    for (let one: PageElement | null = element; one !== null; one = one.parentElement) {
      const color = getComputedStyle(one).backgroundColor;
      if (parse(color)[3] !== 0) return color;
    }
    return "rgb(255, 255, 255)";
  };
  let lowest = { ratio: 21, text: "" };
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  for (let node = walker.nextNode(); node !== null; node = walker.nextNode()) {
    const { parentElement, data } = node;
    if (data.trim() === "" || !parentElement.checkVisibility() || parentElement.closest("title, desc") !== null)
      continue;
    const style = getComputedStyle(parentElement);
    const color = parentElement.localName === "text" ? style.fill : style.color;
    const [light = 0, dark = 0] = [luminance(color), luminance(backgroundOf(parentElement))].toSorted((a, b) => b - a);
    const ratio = (light + 0.05) / (dark + 0.05);
    if (ratio < lowest.ratio) lowest = { ratio, text: data.trim() };
  }
  return lowest;
}
