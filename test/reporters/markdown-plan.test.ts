import assert from "node:assert/strict";
import { test } from "node:test";
import * as fc from "fast-check";
import { micromark } from "micromark";
import { gfm, gfmHtml } from "micromark-extension-gfm";
import { renderMarkdownPlan } from "../../src/reporters/markdown-plan.ts";
import { codeCell, codeSpan, tableHead, tableRow } from "../../src/reporters/markdown-text.ts";
import type { Change } from "../../src/model/plan.ts";
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

/** Returns the lines that start a section, in their order. */
function headings(text: string): readonly string[] {
  return text.split("\n").filter((line) => /^(?:#### |<details>)/.test(line));
}

test("a reviewer reads what is blocked, then errors, then changes of existing tags, and then new tags", () => {
  const text = renderMarkdownPlan(
    plan(
      change(),
      change({ action: "error", to: "other.example.com/a:v2" }),
      change({ action: "delete", to: "other.example.com/a:1.25", observed: OLD }),
      change({ action: "attach", to: "other.example.com/a:1.26", observed: NEW }),
      change({ action: "held", to: "other.example.com/a:1.29", observed: OLD }),
      change({ action: "missing", to: "other.example.com/a:1.30" }),
      change({ action: "blocked", to: "other.example.com/a:v1", observed: OLD, block: BLOCK }),
      change({ action: "update", to: "other.example.com/a:1.27", observed: OLD }),
      change({ action: "none", to: "other.example.com/a:1.24" }),
    ),
    PLAIN,
  );
  assert.match(
    text,
    /^<!-- imgsync plan -->\n### imgsync plan\n\n\*\*1 to create, 1 to update, 1 to attach, 1 to delete,/,
  );
  assert.deepEqual(headings(text), [
    "#### 1 tag is blocked, so `imgsync apply` writes nothing",
    "#### 1 error",
    "#### Update 1 tag at `other.example.com`",
    "#### Delete 1 tag at `other.example.com`",
    "#### Attach signatures and other referrers to 1 tag at `other.example.com`",
    "#### Held back: 1 tag at `other.example.com`",
    "#### Missing at the source: 1 tag at `other.example.com`",
    "#### Create 1 tag at `u-france-east1-docker.s3nsregistry.fr`",
    "<details><summary>Full digests and sources</summary>",
  ]);
  assert.doesNotMatch(text, /1\.24/);
});

test("a blocked tag is a sentence with the rule, its position, the mapping, and what to do", () => {
  const blocked = change({ action: "blocked", to: "other.example.com/a:v1", observed: OLD, block: BLOCK });
  const text = renderMarkdownPlan(plan(blocked), PLAIN);
  const sentence =
    "- `other.example.com/a:v1` is blocked by the immutable rule at `rules.yaml:3:5` (pattern `v*`). " +
    `It points at \`${OLD.slice(0, 19)}\`. ` +
    `\`images.yaml:9:9\` maps \`docker.io/library/nginx:1.27.3\` (\`${NEW.slice(0, 19)}\`) to it.` +
    `<br>**What to do:** use a new tag, or pin the image that is there now, with \`from: "${OLD}"\`; if the tag may move, change the rule.`;
  assert.ok(text.split("\n").includes(sentence), text);
  assert.doesNotMatch(text, /--skip-blocked/);
  assert.match(renderMarkdownPlan(plan(blocked, change()), PLAIN), /`imgsync apply --skip-blocked` applies the other/);
});

test("the advice fits what is blocked: by a registry, a backup, a delete, or an unknown image", () => {
  const block = { kind: "registry", host: "r.example", message: "no" } as const;
  const linesOf = (overrides: Partial<Change>): string => {
    const { wanted: _, ...deleted } = change();
    const base = overrides.action === "delete" ? deleted : change();
    return renderMarkdownPlan(plan({ ...base, ...overrides, action: "blocked" }), PLAIN);
  };
  assert.match(
    linesOf({ block, observed: OLD }),
    /the registry `r\.example`: `no`\. .*allow it in the settings of the reg/,
  );
  assert.match(
    linesOf({ block: BLOCK, observed: OLD, backup: { tag: "old", observed: NEW } }),
    /which keeps its backup `old`\..*choose another name in `backup`\./,
  );
  assert.match(
    linesOf({ action: "delete", block: BLOCK, observed: OLD }),
    /no longer selects it, so it would be deleted\.<br>.*keep the tag: add it to `exclude` of its selector; or delete/,
  );
  const { observed: _, ...unknown } = change({ action: "blocked", block: BLOCK });
  const text = renderMarkdownPlan(plan(unknown), PLAIN);
  assert.match(text, /pin the image that is there now; if/);
  assert.doesNotMatch(text, /It points at/);
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
  const lines = text.split("\n");
  assert.ok(
    lines.includes(
      `- \`${MIRROR}/nginx:1.27.3\`: \`source quay.io/a:1: no | access [DENIED]\` at \`images.yaml:9:9\`<br>**What to do:** \`log in\``,
    ),
    text,
  );
  const failure = `- \`${MIRROR}/b\`: \`no tag matches "9.*" [SELECTED_NOTHING]\` at \`images.yaml:9:9\`<br>**What to do:** \`write optional: true\``;
  assert.ok(lines.includes(failure), text);
});

test("a table has the tag with its remarks, short digests and the size; the fold has the rest", () => {
  const renamed = change({ action: "update", to: "r.example/a:stable", observed: OLD, notes: ["latest | implied"] });
  const text = renderMarkdownPlan(plan(renamed, change({ to: "other.example/a:1.27.3" })), PLAIN);
  const [before, after] = [OLD.slice(7, 19), NEW.slice(7, 19)];
  const row = `| \`a:stable\`<br>from tag \`1.27.3\`, \`latest \\| implied\` | \`${before}\` → \`${after}\` | 68.2 MiB |`;
  assert.ok(text.replaceAll("\u00A0", " ").includes(row), text);
  const details = text.slice(text.indexOf("<details>"));
  const item = `- \`r.example/a:stable\`<br>from \`docker.io/library/nginx:1.27.3\`<br>before \`${OLD}\`<br>after \`${NEW}\``;
  assert.ok(details.includes(item), details);
  assert.ok(
    details.includes(`- \`other.example/a:1.27.3\`<br>from \`docker.io/library/nginx:1.27.3\`<br>after \`${NEW}\``),
  );
});

test("a table has no sizes if none is known", () => {
  const { bytes: _, ...unknown } = change();
  assert.match(renderMarkdownPlan(plan(unknown), PLAIN), /^\| tag \| image \|$/m);
  assert.match(
    renderMarkdownPlan(plan(unknown, change({ to: `${MIRROR}/a:2` })), PLAIN),
    /^\| tag \| image \| size \|$/m,
  );
});

test("tags of several registries are in one table, under the name of their registry", () => {
  const text = renderMarkdownPlan(plan(change({ to: "a.example/x:1" }), change({ to: "b.example/x:1" })), PLAIN);
  const tags = text.split("\n").flatMap((line) => /^\| (\**`.*?`\**)/.exec(line)?.[1] ?? []);
  assert.deepEqual(tags, ["**`a.example`**", "`x:1`", "**`b.example`**", "`x:1`"]);
  assert.match(text, /^#### Create 2 tags$/m);
});

test("more than twenty new tags are folded, and updates are not", () => {
  const many = (count: number, overrides: Partial<Change>): readonly Change[] =>
    Array.from({ length: count }, (_, at) => change({ to: `r.example/a:${at}`, ...overrides }));
  const headingsOf = (count: number, overrides: Partial<Change> = {}): readonly string[] =>
    headings(renderMarkdownPlan(plan(...many(count, overrides)), PLAIN)).slice(0, -1);
  assert.deepEqual(headingsOf(20), ["#### Create 20 tags at `r.example`"]);
  assert.deepEqual(headingsOf(21), ["<details><summary><strong>Create 21 tags</strong></summary>"]);
  assert.deepEqual(headingsOf(21, { action: "update", observed: OLD }), ["#### Update 21 tags at `r.example`"]);
  const html = toHtml(renderMarkdownPlan(plan(...many(21, {})), PLAIN));
  assert.equal(
    html.split("<tr>").length,
    1 + 1 + 1 + 21,
    "the table in the fold has a title, its registry and its tags",
  );
});

test("requests and pulls come last, and a warning if too few pulls are left comes first", () => {
  const spending = (remaining: number) => ({
    requests: 7,
    pullLimits: new Map([["docker.io", { limit: 100, remaining }]]),
  });
  const enough = renderMarkdownPlan(plan(change()), { ...PLAIN, spending: spending(9) })
    .trimEnd()
    .split("\n");
  assert.match(
    enough.at(-1) ?? "",
    /^Docker Hub: at least 1 pull to apply this; 9 of 100 are left\. Made with 7 requests\.$/,
  );
  assert.equal(enough[5], "#### Create 1 tag at `u-france-east1-docker.s3nsregistry.fr`");
  const [, , , , , warning, ...rest] = renderMarkdownPlan(plan(change()), { ...PLAIN, spending: spending(0) })
    .trimEnd()
    .split("\n");
  assert.match(warning ?? "", /^\*\*Warning:\*\* Docker Hub: .*; 0 of 100 are left\. That is too few: /);
  assert.equal(rest.at(-1), "Made with 7 requests.");
});

test("a plan without changes is one line", () => {
  assert.equal(
    renderMarkdownPlan(plan(change({ action: "none" })), PLAIN),
    "<!-- imgsync plan -->\n### imgsync plan\n\n**No changes. 1 tag already in sync.**\n",
  );
});

test("orphaned tags are listed", () => {
  const text = renderMarkdownPlan(plan(), { ...PLAIN, orphaned: ["registry.example.com/a:1"] });
  assert.match(text, /1 tag is no longer in the manifest\n\nIt is not deleted\.\n\n- `registry\.example\.com\/a:1`$/m);
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
  assert.match(text, /^the digests and sources of 15,000 tags are left out: a comment cannot hold more$/m);
  assert.doesNotMatch(text, /<details>/);
});

test("a plan with many registries fits in a comment", () => {
  const changes = Array.from({ length: 3000 }, (_, at) => change({ to: `r${at}.example.com/a:1` }));
  const text = renderMarkdownPlan(plan(...changes), PLAIN);
  assert.ok(Buffer.byteLength(text) < 65_536);
  assert.match(text, /^and 2,\d{3} more, left out/m);
});

test("whatever is cut is counted: the rows that are shown and those that are not add up", () => {
  const long = "x".repeat(200);
  fc.assert(
    fc.property(fc.integer({ min: 0, max: 300 }), fc.integer({ min: 0, max: 300 }), (creates, updates) => {
      const changes = [
        ...Array.from({ length: creates }, (_, at) => change({ to: `r.example/a${long}:${at}` })),
        ...Array.from({ length: updates }, (_, at) =>
          change({ to: `r.example/b${long}:${at}`, action: "update", observed: OLD }),
        ),
      ];
      const text = renderMarkdownPlan(plan(...changes), PLAIN);
      assert.ok(Buffer.byteLength(text) <= 60_000);
      const [main = "", details = ""] = text.split("<details><summary>Full digests");
      const rows = main.split("\n").filter((line) => /^\| `[ab]x/.test(line)).length;
      const items = details.split("\n").filter((line) => line.startsWith("- ")).length;
      const counted = (part: string, pattern: RegExp): number =>
        [...part.matchAll(pattern)].reduce((sum, [, count = ""]) => sum + Number(count.replaceAll(",", "")), 0);
      const more = /^and ([\d,]+) more, left out/gm;
      const rest =
        text.match(/^the digests and sources of ([\d,]+) tags? are left out/m)?.[1]?.replaceAll(",", "") ?? "0";
      // sections that were dropped are counted at the end, after the fold
      const end = details.slice(details.indexOf("</details>"));
      const inFold = details.slice(0, details.indexOf("</details>"));
      assert.equal(rows + counted(main, more) + counted(end, more), changes.length);
      assert.equal(items + counted(inFold, more) + Number(rest), changes.length);
    }),
    { numRuns: 40 },
  );
});

test("any text stays in its cell and is rendered as plain text", () => {
  fc.assert(
    fc.property(hostile, hostile, (one, other) => {
      const html = toHtml(
        [...tableHead(["a", "b"]), tableRow([codeCell(one), codeCell(other)]), "", "after"].join("\n"),
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

test("any text stays in its item of a list and is rendered as plain text", () => {
  fc.assert(
    fc.property(hostile, hostile, (one, other) => {
      const html = toHtml([`- ${codeSpan(one)} is ${codeSpan(other)}<br>end`, "- next", "", "after"].join("\n"));
      const code = "(?:\\(empty\\)|<code>[^<]*</code>)";
      assert.match(html, new RegExp(`^<ul>\n<li>${code} is ${code}<br>end</li>\n<li>next</li>\n</ul>\n<p>after</p>$`));
    }),
    { numRuns: 1000 },
  );
});

test("harmless text is shown unchanged", () => {
  fc.assert(
    fc.property(fc.string({ minLength: 1, maxLength: 60 }), (text) => {
      // a CI system would execute `##[…` and `##name[…` from its log, so they are never shown as they are
      fc.pre(!text.includes("\\|") && text.trim() !== "" && !/##[\w.-]*\[/.test(text));
      const html = toHtml([...tableHead(["a"]), tableRow([codeCell(text)])].join("\n"));
      assert.equal(decode(/<td><code>(.*)<\/code><\/td>/.exec(html)?.[1] ?? ""), text);
      const item = toHtml(`- ${codeSpan(text)}`);
      assert.equal(decode(/<li><code>(.*)<\/code><\/li>/.exec(item)?.[1] ?? ""), text);
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
