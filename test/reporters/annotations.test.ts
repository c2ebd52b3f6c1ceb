import assert from "node:assert/strict";
import { test } from "node:test";
import * as fc from "fast-check";
import {
  type Annotation,
  ANNOTATION_FORMATS,
  annotationsOfFindings,
  annotationsOfPlan,
} from "../../src/reporters/annotations.ts";
import { change, FAILURE, MIRROR, plan, POSITION } from "./samples.ts";

const BLOCK = { kind: "rule", position: { file: "rules.yaml", line: 3, column: 5 }, pattern: "v*" } as const;

function annotation(overrides: Partial<Annotation> = {}): Annotation {
  return { severity: "error", code: "DENIED", message: "no", position: POSITION, ...overrides };
}

test("blocked tags and errors are annotated at each position of their mappings, other changes are not", () => {
  const other = { ...POSITION, line: 20 };
  const error = { code: "DENIED", side: "target", message: "no", hint: "log in" } as const;
  const found = annotationsOfPlan({
    ...plan(
      change(),
      change({ action: "none" }),
      change({ action: "blocked", block: BLOCK, positions: [POSITION, other] }),
      change({ action: "error", error }),
    ),
    failures: [FAILURE],
  });
  assert.deepEqual(
    found.map(({ code, position }) => [code, position.line]),
    [
      ["TAG_IMMUTABLE", 9],
      ["TAG_IMMUTABLE", 20],
      ["DENIED", 9],
      ["SELECTED_NOTHING", 9],
    ],
  );
  assert.equal(
    found[0]?.message,
    `${MIRROR}/nginx:1.27.3 is blocked by the immutable rule at rules.yaml:3:5 (pattern v*)`,
  );
  assert.match(found[2]?.message ?? "", /nginx:1\.27\.3: target: no \[DENIED\], hint: log in$/);
});

test("a finding of the manifest keeps its severity", () => {
  const [one] = annotationsOfFindings([{ severity: "warning", message: "odd", position: POSITION, hint: "fix it" }]);
  assert.deepEqual(one, {
    severity: "warning",
    code: "MANIFEST_INVALID",
    message: "odd, hint: fix it",
    position: POSITION,
  });
});

test("GitHub's commands name file, line and column", () => {
  assert.equal(
    ANNOTATION_FORMATS.github([annotation({ severity: "warning" }), annotation()]),
    "::error file=images.yaml,line=9,col=9,title=imgsync DENIED::no\n" +
      "::warning file=images.yaml,line=9,col=9,title=imgsync DENIED::no\n",
  );
});

test("no text can end its command, start another one or change its position", () => {
  const nasty = fc
    .array(fc.oneof(fc.constantFrom("::", ",", "%", "%0A", "\n", "\r", "line=1", "##[group]"), fc.string()))
    .map((parts) => parts.join(""));
  fc.assert(
    fc.property(nasty, nasty, (message, file) => {
      const text = ANNOTATION_FORMATS.github([annotation({ message, position: { ...POSITION, file } })]);
      assert.match(text, /^::error file=[^:,\n\r]*,line=9,col=9,title=imgsync DENIED::[^\n\r]*\n$/);
      assert.doesNotMatch(text, /##\[/);
    }),
  );
});

test("GitHub shows ten annotations of a kind, so the last one counts the rest", () => {
  const lines = ANNOTATION_FORMATS.github(Array.from({ length: 42 }, () => annotation()))
    .trimEnd()
    .split("\n");
  assert.equal(lines.length, 10);
  assert.match(lines.at(-1) ?? "", /and 33 more problems/);
});

test("GitLab gets one issue for each problem, with unique fingerprints that do not depend on the line", () => {
  const moved = annotation({ position: { ...POSITION, line: 99 } });
  const [one, again] = JSON.parse(ANNOTATION_FORMATS.gitlab([annotation(), annotation()]));
  const [later] = JSON.parse(ANNOTATION_FORMATS.gitlab([moved]));
  assert.deepEqual(one, {
    description: "no",
    check_name: "DENIED",
    fingerprint: one.fingerprint,
    severity: "critical",
    location: { path: "images.yaml", lines: { begin: 9 } },
  });
  assert.match(one.fingerprint, /^[0-9a-f]{64}$/);
  assert.notEqual(one.fingerprint, again.fingerprint);
  assert.equal(one.fingerprint, later.fingerprint);
  assert.equal(ANNOTATION_FORMATS.gitlab([]), "[]\n");
});
