import assert from "node:assert/strict";
import { describe, it } from "node:test";
import * as fc from "fast-check";
import { ACTIONS, type Change, type Plan } from "../../../src/model/plan.ts";
import type { Provenance } from "../../../src/model/provenance.ts";
import type { RenderOptions } from "../../../src/reporters/words/options.ts";
import { renderPlanPage } from "../../../src/reporters/html/plan-page.ts";
import { change, FAILURE, MIRROR, NEW, OLD, PLAIN, plan, POSITION, reference, tagReference } from "../samples.ts";

function render(made: Plan, options: Partial<RenderOptions> = {}): string {
  return renderPlanPage(made, { ...PLAIN, ...options });
}

/** Returns the visible text of a page, one line for each row. */
function textOf(page: string): string {
  const body = page.replace(/^.*<body>/s, "").replaceAll(/<script>.*?<\/script>|<svg.*?<\/svg>/gs, "");
  const lines = body.replaceAll(/\s+/g, " ").replaceAll("<li", "\n<li");
  const text = lines
    .replaceAll(/<[^>]*>/g, " ")
    .replaceAll("&quot;", '"')
    .replaceAll("&gt;", ">");
  return text.replaceAll("&lt;", "<").replaceAll("&amp;", "&").replaceAll(/ +/g, " ");
}

describe("the page of a plan", () => {
  it("has a row and a filter for every action", () => {
    for (const action of ACTIONS) {
      const page = render(plan(change({ action })));
      assert.equal(page.split(`data-action="${action}"`).length, 2, action);
      assert.match(page, new RegExp(`name="action"\\s+value="${action}"`), action);
    }
  });

  it("lists the shards of a divided plan with their work, and says which have none", () => {
    const [one, other] = [change(), change({ to: `${MIRROR}/app:1` })];
    const shards = [one, other].map(({ target }) => ({ repositories: [target.repository] }));
    const text = textOf(render({ ...plan(one, other), shards: [...shards, { repositories: [] }] }));
    assert.match(text, / 3 shards For imgsync apply PLAN --shard I\/3 , each on a machine of its own\. /);
    assert.match(
      text,
      / 1 of 3 shards has nothing to do: all changes of a repository are in one shard\. shard work 1 1 change in 1 repository, at most 68\.2 MiB to move 2 1 change in 1 repository, at most 68\.2 MiB to move 3 nothing to do /,
    );
    assert.doesNotMatch(render(plan(one, other)), /id="shards"/);
  });

  it("shows the action of a tag, its digests, its size, its source and its mapping in the manifest", () => {
    const mappings = new Map([["images.yaml:9:9", 'selected by semver ">=1.25 <2", latest 3']]);
    const made = plan(change({ action: "update", observed: OLD, notes: ["latest implied"] }));
    assert.ok(
      textOf(render(made, { mappings })).includes(
        `update 1.27.3 ${OLD} → ${NEW} 68.2 MiB from docker.io/library/nginx:1.27.3 · selected by semver ">=1.25 <2", latest 3 at images.yaml:9:9 · note: latest implied`,
      ),
    );
  });

  it("shows the rule that blocks a tag, the hint of an error, and the time of a held image", () => {
    const block = { kind: "rule", position: { ...POSITION, line: 3 }, pattern: "*.*.*" } as const;
    const error = { code: "SOURCE_NOT_FOUND", side: "source", message: "no such tag", hint: "check the name" } as const;
    const held = { since: new Date("2026-03-01T12:00Z"), by: "registry", due: new Date("2026-03-08T12:00Z") } as const;
    const changes = [
      change({ action: "blocked", observed: OLD, block }),
      change({ action: "error", error }),
      change({ action: "held", held }),
    ];
    const text = textOf(render({ ...plan(...changes), failures: [FAILURE] }));
    assert.match(text, /blocked .*nginx:1\.27\.3 .*by the immutable rule at images\.yaml:3:9 \(pattern \*\.\*\.\*\)/);
    assert.match(text, /error .*source: no such tag \[SOURCE_NOT_FOUND\] What to do: check the name/);
    assert.match(
      text,
      new RegExp(`error ${MIRROR}/b no tag matches "9\\.\\*" \\[SELECTED_NOTHING\\] What to do: write optional`),
    );
    assert.match(
      text,
      /held 1\.27\.3 .*too young: uploaded 2026-03-01 12:00 UTC by the registry&apos;s time · due 2026-03-08/,
    );
  });

  it("suggests what to do about a blocked tag, with the line that pins its image", () => {
    const block = { kind: "registry", host: "r.example", message: "immutable" } as const;
    const text = textOf(render(plan(change({ action: "blocked", observed: OLD, block }))));
    assert.ok(
      text.includes(
        `by the registry r.example: immutable What to do: use a new tag, or pin the image that is there now, with from: "${OLD}" ; if the tag may move, allow it in the settings of the registry.`,
      ),
      text,
    );
    assert.doesNotMatch(text, /--skip-blocked/);
    const { wanted: _, ...deleted } = change({ action: "blocked", observed: OLD, block });
    const other = textOf(render(plan(deleted, change())));
    assert.match(other, /imgsync apply --skip-blocked applies the other changes/);
    assert.match(other, /keep the tag: add it to exclude of its selector; .* no longer mapped at images\.yaml:9:9/);
  });

  it("shows what the plan was made from, as far as it is known", () => {
    const commit = "8d1b2c3a4e5f60718293a4b5c6d7e8f901234567";
    const at = new Date("2026-11-28T19:10:35.120Z");
    const known = { at, version: "1.2.3", manifest: "deploy/images.yaml" };
    const shown = (provenance: Provenance): string => textOf(render(plan(change()), { provenance }));
    assert.match(shown(known), /Made 2026-11-28 19:10:35 UTC by imgsync 1\.2\.3 from deploy\/images\.yaml \./);
    assert.doesNotMatch(shown(known), /Git|Only/);
    const committed = shown({ ...known, revision: { commit, isChanged: false } });
    assert.match(committed, new RegExp(`from deploy/images\\.yaml at Git revision ${commit} \\.`));
    const changed = { ...known, revision: { commit, isChanged: true }, since: "origin/<main>", only: ["a/**", "b/*"] };
    assert.match(shown(changed), new RegExp(`${commit} with changes that are not committed\\.`));
    assert.match(
      shown(changed),
      /Only entries that changed since origin\/<main> \. Only targets that match a\/\*\* or b\/\* \./,
    );
    assert.match(render(plan(change()), { provenance: known }), /<time datetime="2026-11-28T19:10:35\.120Z">/);
    assert.doesNotMatch(textOf(render(plan(change()))), /Made|imgsync \d/);
  });

  it("gives the filter what a change transfers, of which the totals of the whole page are made too", () => {
    const made = plan(
      change({ bytes: 10 * 1024 * 1024 }),
      change({ to: `${MIRROR}/nginx:stable`, bytes: 10 * 1024 * 1024, transferBytes: 2048 }),
      change({ to: `${MIRROR}/nginx:signed`, action: "attach", transferBytes: 512 }),
    );
    const page = render(made);
    const bytes = Array.from(page.matchAll(/ data-bytes="(\d*)"/g), ([, digits]) => Number(digits));
    assert.deepEqual(bytes, [10 * 1024 * 1024, 2048, 512]);
    assert.ok(page.includes("at most 10.0 MiB to move"));
  });

  it("leaves out the picture of a single source and target", () => {
    const other = { kind: "registry", reference: reference("quay.io/a:1") } as const;
    assert.doesNotMatch(render(plan(change(), change({ to: `${MIRROR}/nginx:2` }))), /<svg|data-link="\d/);
    assert.match(render(plan(change(), change({ source: other }))), /<svg[\s\S]*data-link="1"/);
  });

  it("reports when there are no changes, without a diagram, and without a script when it is empty", () => {
    const nothing = render(plan(change({ action: "none", observed: NEW })));
    assert.match(textOf(nothing), /No changes\. 1 tag already in sync\./);
    assert.doesNotMatch(nothing, /<svg/);
    const empty = render(plan());
    assert.match(textOf(empty), /No changes\. The manifest selects no tags\./);
    assert.doesNotMatch(empty, /<script|<form|<svg|script-src/);
  });

  it("is the same for the same plan", () => {
    const made = plan(change(), change({ to: `${MIRROR}/other:1` }));
    assert.equal(render(made), render(made));
  });

  it("lists orphaned tags, and counts those beyond the limit", () => {
    const orphaned = Array.from({ length: 1002 }, (_, at) => `r.example/a:${at}`);
    const text = textOf(render(plan(change()), { orphaned }));
    assert.match(text, /r\.example\/a:999 .*and 2 more/s);
    assert.doesNotMatch(text, /a:1000/);
  });

  it("shows thousands of changes in full", () => {
    const page = render(plan(...many(5000)));
    assert.equal(page.split("data-action=").length, 5001);
    assert.doesNotMatch(page, /what needs attention first/);
    assert.ok(page.length < 4_000_000, String(page.length));
  });

  it("stays small enough to open by leaving out the least important rows, and counts them", () => {
    const blocked = change({ action: "blocked", to: "r.example/last:v1", observed: OLD });
    const error = change({ action: "error", to: "r.example/last:v2" });
    const page = render(plan(...many(30_000), blocked, error));
    assert.match(textOf(page), /Rows: 10,000 of 30,002, what needs attention first/);
    for (const one of ["last:v1", "last:v2"]) assert.ok(page.includes(one));
    const long = render(plan(...many(10_000, { notes: Array.from({ length: 40 }, () => "<".repeat(500)) })));
    assert.match(textOf(long), /Rows: \d+ of 10,000,/);
    assert.ok(long.length < 9_000_000, String(long.length));
  });

  it("has only its own markup, whatever text comes from a registry or the manifest", () => {
    const piece = fc.constantFrom("<script>", "</style>", '"', "'", "<!--", "-->", "&lt;", "]]>", "\u202E", "\0", "a");
    const hostile = fc.array(piece, { minLength: 1, maxLength: 8 }).map((pieces) => pieces.join(""));
    const shape = (text: string): readonly string[] => {
      const target = { repository: { host: "t.example", path: text }, tag: text };
      const error = { code: "DENIED", message: text, hint: text, reference: text } as const;
      const position = { ...POSITION, file: text };
      const page = render(
        plan(
          change({ target, notes: [text], source: { kind: "docker-daemon", image: text }, positions: [position] }),
          change({ target, action: "blocked", block: { kind: "registry", host: text, message: text } }),
          change({ target: tagReference("t.example/b:1"), action: "error", error }),
        ),
        { orphaned: [text], mappings: new Map([[`${text}:9:9`, text]]) },
      );
      // attribute values contain the texts too, so only markup outside of quotes is compared
      return page.replaceAll(/"[^"]*"/g, '""').match(/<\/?[a-z!][^>]*>/gi) ?? [];
    };
    const own = shape("z");
    fc.assert(
      fc.property(hostile, (text) => assert.deepEqual(shape(text), own)),
      { numRuns: 100 },
    );
  });
});

function many(count: number, overrides: Partial<Change> = {}): readonly Change[] {
  return Array.from({ length: count }, (_, at) =>
    change({ to: `r${at % 3}.example.com/team-${at % 40}/service:1.${at}.0`, ...overrides }),
  );
}
