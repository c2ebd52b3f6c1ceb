import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { ERROR_CODES } from "../../src/model/error.ts";
import { errorsPage, explainError, listErrors } from "../../src/reporters/explain-error.ts";
import { displayWidth } from "../../src/reporters/words/width.ts";
import { PLAIN } from "./samples.ts";

test("every code has a section on the page, with causes, advice and an example that ends with the code", () => {
  const sections = errorsPage().split("\n## ").slice(1);
  assert.deepEqual(
    sections.map((section) => section.split("\n", 1)[0]),
    [...ERROR_CODES],
  );
  for (const [at, section] of sections.entries()) {
    assert.match(section, /\nUsual causes:\n\n- .+\n\nWhat to do:\n\n- .+\n\n```text\n.+\n```\n$/s);
    assert.ok(section.includes(` [${ERROR_CODES[at]}]`), section);
  }
});

test("the committed page is the generated one", () => {
  const file = new URL("../../docs/errors.md", import.meta.url);
  assert.equal(readFileSync(file, "utf8"), errorsPage());
});

test("an explanation and the list of codes fit in 80 columns, except for long words", () => {
  for (const text of [listErrors(PLAIN), ...ERROR_CODES.map((code) => explainError(code, PLAIN))]) {
    for (const line of text.split("\n")) {
      assert.ok(displayWidth(line) <= 80 || line.trim().split(" ").length <= 2, line);
      assert.doesNotMatch(line, /`/);
    }
  }
});

test("an explanation has the content of the page", () => {
  assert.equal(
    explainError("PLATFORM_MISSING", PLAIN),
    `PLATFORM_MISSING
The source image lacks a platform that the manifest asks for.

Usual causes
  - upstream does not build the image for this platform
  - platforms is set for an image with a single platform, which is not an index

What to do
  - remove the platform from this entry
  - or set platforms: all

Example
  error:
    source docker.io/library/nginx:1.27: the source has no linux/riscv64
      [PLATFORM_MISSING]
    hint: it has linux/amd64, linux/arm64
`,
  );
});
