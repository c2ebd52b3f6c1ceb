import assert from "node:assert/strict";
import { test } from "node:test";
import { planChecksum } from "../../src/documents/plan-checksum.ts";
import { encodePlan } from "../../src/documents/plan-document.ts";
import { createStyle } from "../../src/reporters/words/style.ts";
import { APPLY_FORMATS, PLAN_FORMATS } from "../../src/reporters/table.ts";
import { captureStream, change, manualClock, PLAIN, plan, report, result } from "./samples.ts";

const style = createStyle(false);

test("every plan format renders a plan as text that ends with a newline", () => {
  for (const render of Object.values(PLAN_FORMATS))
    assert.match([...render(plan(change()), PLAIN)].join(""), /nginx[\s\S]*\n$/);
});

test("a plan as JSON is the document of a saved plan, safe to print", () => {
  const hostile = plan(change({ notes: ["\u009B2J\u202E"] }));
  const text = [...PLAN_FORMATS.json(hostile, PLAIN)].join("");
  const { checksum, ...document } = JSON.parse(text);
  assert.deepEqual(document, encodePlan(hostile));
  assert.equal(checksum, planChecksum(document));
  assert.doesNotMatch(text.replaceAll("\n", ""), /[\p{Cc}\p{Cf}]/u);
});

test("every apply format ends with the report on stdout, whether or not it is a terminal", async () => {
  for (const create of Object.values(APPLY_FORMATS)) {
    for (const isTTY of [true, false]) {
      const stdout = captureStream({ isTTY });
      const stderr = captureStream({ isTTY });
      const reporter = create({ stdout, stderr, styles: { stdout: style, stderr: style }, clock: manualClock() });
      const applied = { change: change(), result: result("applied") };
      reporter.report({ type: "run.finished", report: report([applied]) });
      await reporter.finish();
      assert.match(stdout.text(), /applied/);
      assert.equal(stderr.text(), "");
    }
  }
});
