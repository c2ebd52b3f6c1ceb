import assert from "node:assert/strict";
import { existsSync, globSync, readFileSync } from "node:fs";
import { dirname, join, relative } from "node:path";
import { describe, it } from "node:test";
import { fileURLToPath } from "node:url";
import { anchorOf } from "../scripts/docs-site/anchors.ts";
import { navigationOf } from "../scripts/docs-site/navigation.ts";

const ROOT = fileURLToPath(new URL("..", import.meta.url));
const PAGES = ["*.md", "docs/**/*.md", "examples/**/*.md", "test/*.md"];

describe("every relative link in a page", () => {
  for (const page of PAGES.flatMap((pattern) => globSync(pattern, { cwd: ROOT })).toSorted()) {
    it(`points to an existing file and heading: ${page}`, () => {
      const links = linksOf(readFileSync(join(ROOT, page), "utf8"));
      assert.deepEqual(
        links.filter((link) => !isThere(join(ROOT, page), link)),
        [],
      );
    });
  }

  it("is rejected if its target does not exist", () => {
    const readme = join(ROOT, "README.md");
    assert.ok(isThere(readme, "docs/manifest.md"));
    assert.ok(!isThere(readme, "docs/nowhere.md"));
    assert.ok(!isThere(readme, "docs/manifest.md#nowhere"));
    assert.deepEqual(linksOf("[a](b.md#c) `[d](e.md)` [f](https://example.com/)"), ["b.md#c"]);
  });

  it("uses GitHub's anchor for a heading", () => {
    assert.deepEqual(anchorsOf("# `imgsync auth`: a, b\n## --verify: c\n```\n# no heading\n```\n"), [
      "imgsync-auth-a-b",
      "--verify-c",
    ]);
  });
});

describe("the list of pages in README.md, which is also the sidebar of the site", () => {
  const readme = readFileSync(join(ROOT, "README.md"), "utf8");
  const pages = globSync(["docs/*.md", "docs/recipes/*.md"], { cwd: ROOT });

  it("has every page of docs/", () => {
    const [groups, listed] = sidebar(readme);
    assert.ok(groups >= 4, `${groups} groups`);
    assert.deepEqual(
      pages.filter((page) => !listed.has(page)),
      [],
    );
  });

  it("would be caught without one", () => {
    const [, listed] = sidebar(readme.replace(/^- \[docs\/lock\.md\].*\n/m, ""));
    assert.deepEqual(
      pages.filter((page) => !listed.has(page)),
      ["docs/lock.md"],
    );
  });
});

function sidebar(readme: string): readonly [groups: number, pages: ReadonlySet<string>] {
  const groups = navigationOf(readme, (path) => path);
  return [groups.length, new Set(groups.flatMap(({ items }) => items.map(({ text }) => text)))];
}

function linksOf(page: string): readonly string[] {
  const prose = withoutFences(page).replaceAll(/`[^`\n]*`/g, "``");
  return Array.from(prose.matchAll(/\]\(([^)\s]+)\)/g), ([, link = ""]) => link).filter((link) => !/^\w+:/.test(link));
}

function isThere(page: string, link: string): boolean {
  const [path = "", anchor] = link.split("#");
  const file = path === "" ? page : join(dirname(page), path);
  if (relative(ROOT, file).startsWith("..") || !existsSync(file)) return false;
  return anchor === undefined || anchorsOf(readFileSync(file, "utf8")).includes(anchor);
}

function anchorsOf(page: string): readonly string[] {
  return Array.from(withoutFences(page).matchAll(/^#{1,6} (.+)$/gm), ([, heading = ""]) => anchorOf(heading));
}

function withoutFences(page: string): string {
  return page.replaceAll(/^(`{3,})[\s\S]*?^\1$/gm, "");
}
