import assert from "node:assert/strict";
import { globSync, readFileSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, posix } from "node:path";
import { after, before, describe, it, type TestContext } from "node:test";
import { fileURLToPath } from "node:url";
import { shareChromium } from "../support/chromium.ts";
import type { Page } from "../support/chromium/page.ts";
import { requireProgram, runProgramOk } from "../support/programs.ts";
import { createScope } from "../support/scope.ts";
import { serveFolder } from "../support/static-server.ts";

const ROOT = fileURLToPath(new URL("../..", import.meta.url));
const { onEnd } = createScope();
const open = shareChromium();
/** Links to the repository, and in the prose to other hosts; a page loads nothing from them. */
const OTHER_HOST = /^(?:https?:)?\/\//;

let site = "";
before(async () => {
  site = await mkdtemp(join(tmpdir(), "imgsync-site-"));
  const [node, script] = [join(ROOT, "node_modules/.bin/node"), join(ROOT, "scripts/docs-site.ts")];
  await runProgramOk(node, [script, site]);
});
after(() => rm(site, { recursive: true, force: true }));

const read = (path: string): string => readFileSync(join(site, path), "utf8");

/** Returns the values of an attribute in a page. */
function valuesOf(html: string, attribute: string): readonly string[] {
  const found = html.matchAll(new RegExp(`<[a-z][^>]* ${attribute}="([^"]*)"`, "g"));
  return Array.from(found, ([, value = ""]) => value.replaceAll("&amp;", "&"));
}

/** Returns the links of a page that lead to no file or heading of the site. */
function brokenLinks(page: string, html: string, pages: ReadonlyMap<string, string>): readonly string[] {
  return valuesOf(html, "href").filter((link) => {
    if (/^[a-z]+:/.test(link)) return false;
    const [path = "", anchor = ""] = link.split("#");
    const target =
      path === "" ? page : posix.join(posix.dirname(`/${page}`), path.startsWith("/") ? "" : path).slice(1);
    const file = path.startsWith("/") ? path.slice(1) : target;
    const name = file === "" || file.endsWith("/") ? `${file}index.html` : file;
    if (!name.endsWith(".html")) return globSync(name, { cwd: site }).length === 0;
    const text = pages.get(name);
    if (text === undefined) return true;
    return anchor !== "" && !valuesOf(text, "id").includes(decodeURIComponent(anchor));
  });
}

/** The requests to other hosts; icons are in the style sheets. */
function foreignRequests({ requests }: Pick<Page, "requests">, host: string): readonly string[] {
  return requests().filter((url) => !url.startsWith("data:") && new URL(url).host !== host);
}

function pagesOfSite(): ReadonlyMap<string, string> {
  return new Map(globSync("**/*.html", { cwd: site }).map((path) => [path, read(path)]));
}

describe("the documentation site", () => {
  it("has all pages of docs/, and every link in it works", () => {
    const pages = pagesOfSite();
    for (const page of globSync("docs/**/*.md", { cwd: ROOT }))
      assert.ok(pages.has(page.replace(/\.md$/, ".html")), page);
    for (const [page, html] of pages) assert.deepEqual(brokenLinks(page, html, pages), [], page);
    const html = '<a href="/docs/nowhere.html"></a><a class="x" href="#nowhere"></a><a href="/docs/lock.html"></a>';
    assert.deepEqual(brokenLinks("index.html", html, pages), ["/docs/nowhere.html", "#nowhere"]);
  });

  it("loads nothing from other hosts", () => {
    for (const [page, html] of pagesOfSite()) {
      const links = Array.from(html.matchAll(/<link [^>]*href="([^"]*)"/g), ([, link = ""]) => link);
      const loaded = [...valuesOf(html, "src"), ...links];
      assert.ok(loaded.length > 0, page);
      assert.deepEqual(
        loaded.filter((address) => OTHER_HOST.test(address)),
        [],
        page,
      );
    }
  });

  async function openSite(t: TestContext, path: string) {
    if (!requireProgram(t, "chromium")) return undefined;
    const server = await serveFolder(site);
    onEnd(server.stop);
    return { page: await open(`http://${server.host}${path}`), host: server.host };
  }

  for (const path of ["/", "/docs/manifest-keys.html", "/docs/migrating.html"]) {
    it(`follows the theme of the system, and fits mobile and wide screens: ${path}`, async (t) => {
      const opened = await openSite(t, path);
      if (opened === undefined) return;
      const { page, host } = opened;
      for (const width of [360, 1280]) {
        await page.setWidth(width);
        const beyond = "document.documentElement.scrollWidth - document.documentElement.clientWidth";
        assert.equal(await page.evaluate(beyond), 0, `${width} pixels`);
      }
      const colors = new Set<unknown>();
      for (const theme of ["light", "dark"] as const) {
        await page.setTheme(theme);
        await page.evaluate(`new Promise((resolve) => {
          const look = () => document.documentElement.classList.contains("dark") === ${theme === "dark"} ? resolve() : requestAnimationFrame(look);
          look();
        })`);
        colors.add(await page.evaluate("getComputedStyle(document.documentElement).getPropertyValue('--vp-c-bg')"));
      }
      assert.equal(colors.size, 2);
      assert.deepEqual(foreignRequests(page, host), []);
      assert.deepEqual(page.complaints(), []);
    });
  }

  it("finds a key of the manifest by its name", async (t) => {
    const opened = await openSite(t, "/");
    if (opened === undefined) return;
    const { page, host } = opened;
    await page.setWidth(1280);
    const found = `new Promise((resolve) => {
      const look = () => {
        document.querySelector(".DocSearch-Button")?.click();
        const input = document.querySelector(".VPLocalSearchBox input");
        if (input && input.value === "") { input.value = "minAge"; input.dispatchEvent(new Event("input", { bubbles: true })); }
        const results = [...document.querySelectorAll(".VPLocalSearchBox .result")].map((one) => one.href);
        if (results.length > 0) resolve(results); else requestAnimationFrame(look);
      };
      look();
    })`;
    const results = (await page.evaluate(found)) as readonly string[];
    assert.ok(
      results.some((link) => link.includes("/docs/manifest")),
      String(results),
    );
    assert.deepEqual(foreignRequests(page, host), []);
  });
});
