import assert from "node:assert/strict";
import { join } from "node:path";
import { describe, it, type TestContext } from "node:test";
import { pathToFileURL } from "node:url";
import { micromark } from "micromark";
import { gfm, gfmHtml } from "micromark-extension-gfm";
import type { Plan } from "../../src/model/plan.ts";
import { renderMarkdownPlan } from "../../src/reporters/markdown-plan.ts";
import { change, FAILURE, MIRROR, OLD, PLAIN, plan } from "../reporters/samples.ts";
import { shareChromium } from "../support/chromium.ts";
import { makeFolder } from "../support/cli.ts";
import { requireProgram } from "../support/programs.ts";
import { createScope } from "../support/scope.ts";

const { onEnd } = createScope();
const open = shareChromium();

const WIDTH = 760;
/** What decides about widths in GitHub's comments: github-markdown-css 5.9.0, with the font size and padding of a comment. */
const STYLE = `
body { margin: 0; }
.markdown-body { box-sizing: border-box; width: ${WIDTH}px; padding: 16px; font: 14px/1.5 system-ui, sans-serif; word-wrap: break-word; }
table { border-spacing: 0; border-collapse: collapse; display: block; width: max-content; max-width: 100%; overflow: auto; }
th, td { padding: 6px 13px; border: 1px solid; }
code { padding: .2em .4em; font: 85% ui-monospace, monospace; white-space: break-spaces; }
ul { padding-left: 2em; }`;

const BLOCK = { kind: "rule", position: { file: "images.yaml", line: 3, column: 5 }, pattern: "v*" } as const;
const LONG_NOTE =
  "could not determine whether the tag is immutable: artifactregistry.s3nsapis.fr does not show my-project/my-repo; that needs the permission artifactregistry.repositories.get";

const USUAL: Plan = {
  ...plan(
    change(),
    change({ to: `${MIRROR}/a-team/with-a-long-name/service:1.27.3-alpine` }),
    change({
      action: "update",
      to: `${MIRROR}/a-team/with-a-long-name/service:stable`,
      observed: OLD,
      notes: [LONG_NOTE],
    }),
    change({ action: "update", to: "registry.example.com:5000/tools/cosign:2", observed: OLD }),
    change({ action: "blocked", to: `${MIRROR}/nginx:v1`, observed: OLD, block: BLOCK }),
    change({
      action: "error",
      error: { code: "DENIED", side: "source", reference: "quay.io/a:1", message: LONG_NOTE },
    }),
  ),
  failures: [FAILURE],
};

async function openComment(t: TestContext, made: Plan) {
  if (!requireProgram(t, "chromium")) return undefined;
  const extensions = { extensions: [gfm()], htmlExtensions: [gfmHtml()] };
  const body = micromark(renderMarkdownPlan(made, PLAIN), { allowDangerousHtml: true, ...extensions });
  const page = `<!doctype html><meta charset="utf-8"><style>${STYLE}</style><div class="markdown-body">${body}</div>`;
  const folder = await makeFolder({ "comment.html": page });
  onEnd(folder.remove);
  const opened = await open(pathToFileURL(join(folder.path, "comment.html")).href);
  await opened.setWidth(WIDTH);
  return opened;
}

describe("the Markdown plan in a comment 760 pixels wide", () => {
  it("needs no horizontal scrolling, also with the folds open", async (t) => {
    const page = await openComment(t, USUAL);
    if (page === undefined) return;
    await page.evaluate("document.querySelectorAll('details').forEach((one) => { one.open = true; })");
    const wide = `[...document.querySelectorAll("table, li, summary, h4")]
      .filter((one) => one.scrollWidth > one.clientWidth).map((one) => one.textContent.slice(0, 80))`;
    assert.deepEqual(await page.evaluate(wide), []);
    assert.equal(await page.evaluate("document.documentElement.scrollWidth"), WIDTH);
  });

  it("shows what is blocked and what to do about it without scrolling down", async (t) => {
    const many = Array.from({ length: 400 }, (_, at) =>
      change({ to: `r${at % 3}.example.com/team-${at % 40}/app:${at}` }),
    );
    const page = await openComment(t, { ...USUAL, changes: [...many, ...USUAL.changes] });
    if (page === undefined) return;
    const bottom = await page.evaluate("document.querySelector('li').getBoundingClientRect().bottom");
    assert.ok(Number(bottom) < 400, String(bottom));
    const first = String(await page.evaluate("document.querySelector('li').innerText"));
    assert.match(
      first,
      /nginx:v1 is blocked by the immutable rule at images\.yaml:3:5[\s\S]*What to do: use a new tag/,
    );
    const height = Number(await page.evaluate("document.querySelector('.markdown-body').offsetHeight"));
    assert.ok(height < 2500, `400 new tags are folded: ${height}`);
  });
});
