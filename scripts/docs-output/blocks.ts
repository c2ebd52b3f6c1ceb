const BLOCK = /<!-- output: (?<name>[\w/-]+) -->\n(?<fence>`{3,})(?<language>\w+)\n(?<text>[\s\S]*?)\k<fence>\n/g;

/** Returns the names of the marked blocks of a page, in order. */
export function blockNames(page: string): readonly string[] {
  return Array.from(page.matchAll(BLOCK), ({ groups }) => groups?.["name"] ?? "");
}

/**
 * Returns the page with the text of each marked block replaced. A block without a text is an error, because its scenario does not exist.
 */
export function fillBlocks(page: string, texts: ReadonlyMap<string, string>): string {
  return page.replaceAll(BLOCK, (_block, name: string, _fence: string, language: string) => {
    const text = texts.get(name);
    if (text === undefined) throw new Error(`no scenario produces the output "${name}"`);
    // Markdown output may contain fences
    const fence = text.includes("```") ? "````" : "```";
    return `<!-- output: ${name} -->\n${fence}${language}\n${text.trimEnd()}\n${fence}\n`;
  });
}
