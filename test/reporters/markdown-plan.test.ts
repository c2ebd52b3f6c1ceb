import assert from "node:assert/strict";
import { test } from "node:test";
import * as fc from "fast-check";
import { micromark } from "micromark";
import { gfm, gfmHtml } from "micromark-extension-gfm";
import { renderMarkdownPlan } from "../../src/reporters/markdown-plan.ts";
import { codeSpan, tableHead, tableRow } from "../../src/reporters/markdown-text.ts";
import { change, FAILURE, MIRROR, NEW, OLD, PLAIN, plan, POSITION, tagReference } from "./samples.ts";

const BLOCK = { kind: "rule", position: { file: "rules.yaml", line: 3, column: 5 }, pattern: "v*" } as const;

function toHtml(markdown: string): string {
  return micromark(markdown, {
    allowDangerousHtml: true,
    extensions: [gfm()],
    htmlExtensions: [gfmHtml()],
  });
}

/** Returns the text that a browser shows for the HTML between tags. */
function decode(html: string): string {
  return html.replaceAll("&lt;", "<").replaceAll("&gt;", ">").replaceAll("&quot;", '"').replaceAll("&amp;", "&");
}

/** Text that tries to break out of its code span, its cell, its table, its `<details>` or the comment. */
const hostile = fc
  .array(
    fc.oneof(
      fc.constantFrom(
        "|",
        "\\",
        "\\|",
        "`",
        "``",
        "\n",
        "\r\n",
        "\n\n",
        "</details>",
        "<script>",
        "<!--",
        "-->",
        "@someone",
        "#123",
        " ",
        "GH-1",
        "![a](http://x.test)",
        "[a](http://x.test)",
        "https://x.test/",
        "www.x.test",
        "a@x.test",
        "<http://x.test>",
        "&lt;",
        "&#124;",
        "\u202E",
        "\u0000",
        "~~~",
        "```",
        "---",
        "# h",
        "$x$",
        ":tada:",
        "[^1]",
        "**b**",
        "[ ]",
        "\uD800",
      ),
      fc.string({ maxLength: 6, unit: "binary" }),
    ),
    { maxLength: 30 },
  )
  .map((parts) => parts.join(""));

test("a plan has a summary, the blocked tags with the position of the rule, and a table for each registry", () => {
  const text = renderMarkdownPlan(
    plan(
      change(),
      change({ action: "blocked", to: "other.example.com/a:v1", observed: OLD, block: BLOCK }),
      change({ action: "update", to: "other.example.com/a:1.27", observed: OLD }),
      change({ action: "attach", to: "other.example.com/a:1.26", observed: NEW }),
      change({ action: "delete", to: "other.example.com/a:1.25", observed: OLD }),
      change({ action: "none", to: "other.example.com/a:1.24" }),
    ),
    PLAIN,
  );
  assert.match(text, /^<!-- imgsync plan -->\n/);
  assert.match(
    text,
    /\*\*1 to create, 1 to update, 1 to attach, 1 to delete, 1 unchanged, 1 blocked, at most 204\.6 MiB/,
  );
  assert.ok(text.indexOf("Blocked by immutable tags") < text.indexOf("| **create** |"));
  assert.match(text, /the rule at `rules\.yaml:3:5`, pattern `v\*`/);
  assert.ok(text.includes(`\`${OLD.slice(0, 19)}\` → \`${NEW.slice(0, 19)}\``));
  assert.match(text, /^#### `u-france-east1-docker\.s3nsregistry\.fr`$/m);
  assert.match(text, /^#### `other\.example\.com`$/m);
  assert.ok(text.indexOf(OLD) > text.indexOf("<details>"), "whole digests stand in the fold");
  assert.doesNotMatch(text, /1\.24/);
});

test("errors and entries without tags are shown with side, reference, hint and position", () => {
  const error = {
    code: "DENIED",
    side: "source",
    reference: "quay.io/a:1",
    message: "no | access",
    hint: "log in",
  } as const;
  const text = renderMarkdownPlan({ ...plan(change({ action: "error", error })), failures: [FAILURE] }, PLAIN);
  const row = `\`${MIRROR}/nginx:1.27.3\` | \`source quay.io/a:1: no \\| access [DENIED]\` | \`log in\` | \`images.yaml:9:9\``;
  assert.ok(text.includes(`| ${row} |`), text);
  assert.ok(
    text.includes(`| \`${MIRROR}/b\` | \`no tag matches "9.*" [SELECTED_NOTHING]\` | \`write optional: true\` |`),
  );
});

test("the requests of the plan and the pulls that applying takes from Docker Hub are below the summary", () => {
  const spending = { requests: 7, pullLimits: new Map([["docker.io", { limit: 100, remaining: 0 }]]) };
  const [summary, , hub, , requests] = renderMarkdownPlan(plan(change()), { ...PLAIN, spending })
    .split("\n")
    .slice(3);
  assert.match(summary ?? "", /^\*\*1 to create/);
  assert.match(hub ?? "", /^Docker Hub: at least 1 pull to apply this; 0 of 100 are left\. That is too few: /);
  assert.equal(requests, "Made with 7 requests.");
});

test("a plan without changes is one line", () => {
  assert.equal(
    renderMarkdownPlan(plan(change({ action: "none" })), PLAIN),
    "<!-- imgsync plan -->\n### imgsync plan\n\n**No changes. 1 tag already in sync.**\n",
  );
});

test("orphaned tags are listed", () => {
  const text = renderMarkdownPlan(plan(), { ...PLAIN, orphaned: ["registry.example.com/a:1"] });
  assert.match(text, /No longer in the manifest[\s\S]*^- `registry\.example\.com\/a:1`$/m);
});

test("a large plan fits in a comment, keeps its summary, and counts what it leaves out", () => {
  const tags = Array.from({ length: 5000 }, (_, at) => `${MIRROR}/${"a".repeat(100)}:${at}`);
  const notes = ["\u{1F600}".repeat(400)];
  const text = renderMarkdownPlan(
    plan(
      ...tags.map((to) => change({ to, notes })),
      ...tags.map((to) => change({ to: to.replace(MIRROR, "other.example.com"), notes })),
      ...tags.map((to) => change({ to, action: "blocked", block: BLOCK })),
    ),
    PLAIN,
  );
  assert.ok(Buffer.byteLength(text) < 65_536);
  assert.match(text, /\*\*10,000 to create, 5,000 blocked/);
  assert.match(text, /^and 4,\d{3} more, left out/m);
  assert.match(text, /^and 10,000 more, left out/m);
  assert.doesNotMatch(text, /<details>/);
});

test("a plan with many registries fits in a comment", () => {
  const changes = Array.from({ length: 3000 }, (_, at) => change({ to: `r${at}.example.com/a:1` }));
  const text = renderMarkdownPlan(plan(...changes), PLAIN);
  assert.ok(Buffer.byteLength(text) < 65_536);
  assert.match(text, /^and 2,\d{3} more, left out/m);
});

test("any text stays in its cell and is rendered as plain text", () => {
  fc.assert(
    fc.property(hostile, hostile, (one, other) => {
      const html = toHtml(
        [...tableHead(["a", "b"]), tableRow([codeSpan(one), codeSpan(other)]), "", "after"].join("\n"),
      );
      const cells = /<tbody>\n<tr>\n<td>(.*)<\/td>\n<td>(.*)<\/td>\n<\/tr>\n<\/tbody>\n<\/table>\n<p>after<\/p>$/.exec(
        html,
      );
      assert.ok(cells !== null, html);
      for (const cell of cells.slice(1)) assert.match(cell, /^(?:\(empty\)|<code>[^<]*<\/code>)$/);
    }),
    { numRuns: 3000 },
  );
});

test("harmless text is shown unchanged", () => {
  fc.assert(
    fc.property(fc.string({ minLength: 1, maxLength: 60 }), (text) => {
      fc.pre(!text.includes("\\|") && text.trim() !== "");
      const html = toHtml([...tableHead(["a"]), tableRow([codeSpan(text)])].join("\n"));
      assert.equal(decode(/<td><code>(.*)<\/code><\/td>/.exec(html)?.[1] ?? ""), text);
    }),
    { numRuns: 1000 },
  );
});

test("a plan with hostile texts has the tables and the details of a harmless one", () => {
  const shape = (html: string): string => html.replaceAll(/>[^<]+</g, "><").replaceAll("\n", "");
  const render = (text: string): string => {
    const target = { ...tagReference(`${MIRROR}/nginx:1`), tag: text };
    const error = { code: "DENIED", side: "target", message: text, hint: text, reference: text } as const;
    const block = { kind: "registry", host: text, message: text } as const;
    const position = { ...POSITION, file: text };
    const changes = [
      change({ target, notes: [text], source: { kind: "docker-daemon", image: text } }),
      change({ target, action: "blocked", block, observed: OLD, positions: [position] }),
      change({ target, action: "error", error, positions: [position] }),
    ];
    const failures = [{ ...FAILURE, error, positions: [position] }];
    return toHtml(renderMarkdownPlan({ ...plan(...changes), failures }, { ...PLAIN, orphaned: [text] }));
  };
  const expected = shape(render("harmless"));
  assert.match(expected, /<details>/);
  fc.assert(
    fc.property(
      hostile.filter((text) => text.length > 0),
      (text) => assert.equal(shape(render(text)), expected),
    ),
    { numRuns: 500 },
  );
});
