import assert from "node:assert/strict";
import { test } from "node:test";
import { LOCK_FORMATS } from "../../src/reporters/lock-report.ts";
import { NEW, OLD, PLAIN, POSITION } from "./samples.ts";

const SOURCE = "docker.io/library/nginx";

test("what could not be locked has its error with what to do, below the differences", () => {
  const text = LOCK_FORMATS.text(
    {
      file: "images.lock.yaml",
      state: "failed",
      mappings: [{ source: SOURCE, mapping: "1.27", positions: [POSITION] }],
      changes: [{ kind: "changed", source: SOURCE, tag: "1.27", mapping: "1.27", before: OLD, now: NEW }],
      failures: [
        {
          positions: [{ ...POSITION, line: 12 }],
          error: { code: "SOURCE_NOT_FOUND", message: "no such tag", hint: "check the name, or set optional: true" },
        },
      ],
    },
    PLAIN,
  );
  assert.equal(
    text.replaceAll(/sha256:[0-9a-f]+/g, "DIGEST"),
    `  changed  ${SOURCE}:1.27  DIGEST -> DIGEST  images.yaml:9:9
  error    images.yaml:12:9  no such tag [SOURCE_NOT_FOUND]
           hint: check the name, or set optional: true
images.lock.yaml: nothing was written; 1 mapping, 1 difference
`,
  );
});
