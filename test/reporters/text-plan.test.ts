import assert from "node:assert/strict";
import { test } from "node:test";
import { stripVTControlCharacters } from "node:util";
import * as fc from "fast-check";
import { ACTIONS } from "../../src/model/plan.ts";
import { displayWidth } from "../../src/reporters/words/width.ts";
import { createStyle } from "../../src/reporters/words/style.ts";
import { renderPlan } from "../../src/reporters/text-plan.ts";
import { change, FAILURE, MIRROR, NEW, OLD, PLAIN, plan } from "./samples.ts";

const RULE = { kind: "rule", position: { file: "images.yaml", line: 15, column: 5 }, pattern: "v*" } as const;
const short = (digest: string) => digest.slice(0, 19);
const MIXED = plan(
  change(),
  change({ action: "update", to: `${MIRROR}/nginx:1.27`, observed: OLD }),
  change({ action: "blocked", to: `${MIRROR}/nginx:v1.0`, observed: OLD, block: RULE }),
  change({ action: "attach", to: `${MIRROR}/app:2`, observed: NEW, notes: ["1 signature missing"] }),
  change({ action: "delete", to: `${MIRROR}/app:1`, observed: OLD }),
  change({ action: "none", to: `${MIRROR}/app:3`, observed: NEW }),
);

test("a wide plan has one line per change, under its target repository", () => {
  assert.equal(
    renderPlan(MIXED, { ...PLAIN, columns: 200 }),
    `${MIRROR}/nginx
  create   1.27.3  from docker.io/library/nginx:1.27.3, ${short(NEW)}, 68.2 MiB
  update   1.27    from docker.io/library/nginx:1.27.3, ${short(OLD)} -> ${short(NEW)}, 68.2 MiB
  blocked  v1.0    by the immutable rule at images.yaml:15:5 (pattern v*), from docker.io/library/nginx:1.27.3, ${short(OLD)} -> ${short(NEW)}, 68.2 MiB

${MIRROR}/app
  attach   2  from docker.io/library/nginx:1.27.3, what refers to ${short(NEW)}, note: 1 signature missing
  delete   1  was ${short(OLD)}

plan: 1 to create, 1 to update, 1 to attach, 1 to delete, 1 unchanged, 1 blocked, at most 204.6 MiB to move
`,
  );
});

test("a narrow plan wraps between its parts and never cuts a reference", () => {
  assert.equal(
    renderPlan(plan(change({ action: "update", to: `${MIRROR}/nginx:1.27`, observed: OLD })), {
      ...PLAIN,
      columns: 60,
    }),
    `${MIRROR}/nginx
  update   1.27  from docker.io/library/nginx:1.27.3,
           ${short(OLD)} -> ${short(NEW)},
           68.2 MiB

plan: 1 to update, at most 68.2 MiB to move
`,
  );
});

test("unchanged tags are counted, and listed only when the output is verbose", () => {
  const unchanged = plan(change({ action: "none", observed: NEW }), change());
  assert.doesNotMatch(renderPlan(unchanged, PLAIN), /unchanged {2}1/);
  assert.match(renderPlan(unchanged, PLAIN), /1 unchanged/);
  assert.match(
    renderPlan(unchanged, { ...PLAIN, verbose: true }),
    /^ {2}unchanged {2}1\.27\.3.*\n {2}create {5}1\.27\.3/m,
  );
});

test("a plan without changes reports that there are none", () => {
  assert.equal(renderPlan(plan(change({ action: "none" })), PLAIN), "No changes. 1 tag already in sync.\n");
  assert.equal(renderPlan(plan(), PLAIN), "No changes. The manifest selects no tags.\n");
});

test("a tag that a registry blocks shows the registry and its message", () => {
  const block = { kind: "registry", host: "r.example", message: "immutable" } as const;
  assert.match(renderPlan(plan(change({ action: "blocked", block })), PLAIN), /by the registry r\.example: immutable,/);
});

test("an error shows its side, its reference, the message and the hint", () => {
  const error = {
    code: "SOURCE_NOT_FOUND",
    side: "source",
    reference: "docker.io/library/nginx:1.99",
    message: "no such tag",
    hint: "see imgsync list docker.io/library/nginx",
  } as const;
  assert.equal(
    renderPlan(plan(change({ action: "error", error })), PLAIN),
    `${MIRROR}/nginx
  error    1.27.3  source docker.io/library/nginx:1.99: no such tag [SOURCE_NOT_FOUND]
           hint: see imgsync list docker.io/library/nginx

plan: 1 error
`,
  );
});

test("entries that could not be planned are shown separately and count as errors", () => {
  assert.equal(
    renderPlan({ ...plan(change({ action: "none" })), failures: [FAILURE] }, PLAIN),
    `entries that could not be planned in full
  error    images.yaml:9:9  no tag matches "9.*" [SELECTED_NOTHING], for ${MIRROR}/b
           hint: write optional: true

plan: 1 unchanged, 1 error
`,
  );
});

test("changes of unknown size are shown as not counted", () => {
  const { bytes: _, ...unknown } = change({ to: `${MIRROR}/b:1` });
  assert.match(
    renderPlan(plan(change(), unknown), PLAIN),
    /at most 68\.2 MiB to move, not counting 1 of unknown size\n$/,
  );
});

test("a local image, an engine other than the default, and platforms are shown", () => {
  const local = change({ source: { kind: "docker-daemon", image: "my-image" }, engine: "docker" });
  const docker = change({ engine: "docker", platforms: [{ os: "linux", architecture: "amd64" }] });
  const text = renderPlan(plan(local, docker), PLAIN);
  assert.match(text, /from docker-daemon:my-image, sha256/);
  assert.match(text, /with docker, only linux\/amd64$/m);
});

test("colour changes only the styling", () => {
  const options = { columns: 100, verbose: true };
  const colored = renderPlan(MIXED, { ...options, style: createStyle(true) });
  assert.notEqual(colored, renderPlan(MIXED, { ...options, ...PLAIN }));
  assert.equal(stripVTControlCharacters(colored), renderPlan(MIXED, { ...options, ...PLAIN }));
});

test("untrusted text is never a CI command and leaves no control characters", () => {
  const foreign = fc
    .array(fc.constantFrom("::error::", "##[group]", "\n", "\u001B[2J", "word", " ", "\u202E", "|"), { maxLength: 60 })
    .map((parts) => parts.join(""));
  fc.assert(
    fc.property(foreign, fc.integer({ min: 40, max: 200 }), fc.constantFrom(...ACTIONS), (message, columns, action) => {
      const error = { code: "REGISTRY_ERROR", message, reference: message, hint: message } as const;
      const block = { kind: "registry", host: message, message } as const;
      const hostile = change({
        action,
        error,
        block,
        notes: [message],
        source: { kind: "docker-daemon", image: message },
      });
      const text = renderPlan(plan(hostile), { ...PLAIN, columns, ci: true, verbose: true });
      assert.doesNotMatch(text.replaceAll("\n", ""), /[\p{Cc}\p{Cf}]/u);
      for (const line of text.split("\n")) assert.doesNotMatch(line, /^\s*(?:::|##)|##[A-Za-z.]*\[/);
    }),
  );
});

test("a plan of ten thousand changes has one line for each change", () => {
  const changes = Array.from({ length: 10_000 }, (_, at) => change({ to: `${MIRROR}/nginx:1.${at}` }));
  const lines = renderPlan(plan(...changes), { ...PLAIN, columns: 120 }).split("\n");
  assert.equal(lines.length, 10_000 + 4);
  assert.ok(lines.slice(0, -2).every((line) => displayWidth(line) <= 120));
});
