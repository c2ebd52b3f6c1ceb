/** A group of the sidebar: the headings and pages of a list in README.md. */
export type Group = {
  readonly text: string;
  readonly items: readonly { readonly text: string; readonly link: string }[];
};

/**
 * Returns the sidebar: the groups under "Documentation" in README.md, with the title of each page in place of its path. Pages without a title
 * are left out.
 */
export function navigationOf(readme: string, titleOf: (path: string) => string | undefined): readonly Group[] {
  const [, list = ""] = readme.split(/^## Documentation$/m);
  const groups = list.split(/^(?=[A-Z][^\n]*:$)/m).slice(1);
  return groups.map((group) => {
    const [heading = "", ...lines] = group.split("\n");
    const links = lines.flatMap((line) => Array.from(line.matchAll(/\]\(([^)#]+\.md)\)/g), ([, path = ""]) => path));
    const items = [...new Set(links)].flatMap((path) => {
      const text = titleOf(path);
      return text === undefined ? [] : [{ text, link: `/${path.replace(/\.md$/, "")}` }];
    });
    return { text: heading.replace(/:$/, ""), items };
  });
}

/** Returns the first heading of a page without its markup; the part before a colon, for the narrow sidebar. */
export function titleOf(page: string): string | undefined {
  const [, heading] = /^# (.+)$/m.exec(page) ?? [];
  return heading?.replaceAll("`", "").split(": ")[0];
}
