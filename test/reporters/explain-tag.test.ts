import assert from "node:assert/strict";
import { test } from "node:test";
import { EXPLAIN_TAG_FORMATS } from "../../src/reporters/explain-tag.ts";
import { FAILURE, MIRROR, PLAIN } from "./samples.ts";

test("an entry that could not be planned is shown with what to do", () => {
  const explanation = { reference: `${MIRROR}/b:v1`, mappings: [], targets: [], failures: [FAILURE], credentials: [] };
  assert.equal(
    EXPLAIN_TAG_FORMATS.text(explanation, PLAIN),
    `${MIRROR}/b:v1
  no entry has this repository
  error  no tag matches "9.*" [SELECTED_NOTHING], for ${MIRROR}/b
    hint: write optional: true
`,
  );
});
