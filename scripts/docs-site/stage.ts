import { globSync } from "node:fs";
import { cp, mkdir, readFile, writeFile } from "node:fs/promises";
import { dirname, join, posix } from "node:path";

/** The pages of the site. README.md is its first page. */
const PAGES = ["README.md", "CONTRIBUTING.md", "CHANGELOG.md", "SECURITY.md", "docs/**/*.md"];
const LINK = /(\]\()([^)\s]+)(\))/g;

/** Copies the pages into a folder for the generator. Links to files that are not pages lead to the repository. */
export async function stagePages(root: string, folder: string, repository: string): Promise<readonly string[]> {
  const found = PAGES.flatMap((pattern) => globSync(pattern, { cwd: root }));
  const paths = found.map((path) => path.replaceAll("\\", "/")).toSorted();
  const pages = new Set(paths);
  for (const path of paths) {
    const target = join(folder, placeOf(path));
    await mkdir(dirname(target), { recursive: true });
    const text = await readFile(join(root, path), "utf8");
    await writeFile(target, withLinks(text, path, { pages, repository }));
  }
  await cp(join(root, "schemas"), join(folder, "public", "schemas"), { recursive: true });
  return paths;
}

function placeOf(path: string): string {
  return path === "README.md" ? "index.md" : path;
}

type Targets = { readonly pages: ReadonlySet<string>; readonly repository: string };

/** Returns a page with its links for the site. Code is left as it is. */
export function withLinks(text: string, page: string, { pages, repository }: Targets): string {
  const linkOf = (link: string): string => {
    if (/^(?:\w+:|#)/.test(link)) return link;
    const [path = "", anchor] = link.split("#");
    const target = posix.normalize(posix.join(posix.dirname(page), path)).replace(/\/$/, "");
    const end = anchor === undefined ? "" : `#${anchor}`;
    if (!pages.has(target)) return `${repository}/blob/main/${target}${end}`;
    const relative = posix.relative(posix.dirname(page), placeOf(target));
    return `${relative.startsWith(".") ? "" : "./"}${relative}${end}`;
  };
  return outsideCode(text, (prose) => prose.replaceAll(LINK, (_, start, link, end) => `${start}${linkOf(link)}${end}`));
}

const CODE = /^(`{3,})[\s\S]*?^\1$|`[^`\n]*`/gm;

function outsideCode(text: string, change: (prose: string) => string): string {
  // a link may have code in its text: only whole parts between code are changed, and the end of such a link is one
  const parts: string[] = [];
  let from = 0;
  for (const match of text.matchAll(CODE)) {
    parts.push(change(text.slice(from, match.index)), match[0]);
    from = match.index + match[0].length;
  }
  return [...parts, change(text.slice(from))].join("");
}
