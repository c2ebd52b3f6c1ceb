import assert from "node:assert/strict";
import { test } from "node:test";
import { parsePlan } from "../../src/load/read-plan.ts";
import { parseReport } from "../../src/load/read-report.ts";
import { encodeReport } from "../../src/documents/event-document.ts";
import { planChecksum } from "../../src/documents/plan-checksum.ts";
import { encodePlan } from "../../src/documents/plan-document.ts";
import { canonicalJson } from "../../src/model/canonical-json.ts";
import { digestOf } from "../../src/model/digest.ts";
import type { Change } from "../../src/model/plan.ts";
import { jsonPlanPieces } from "../../src/reporters/json-plan.ts";
import { jsonReportPieces } from "../../src/reporters/json-report.ts";
import { createJsonReporter } from "../../src/reporters/jsonl.ts";
import { inChunks } from "../../src/text/json-pieces.ts";
import { forJson } from "../../src/text/sanitize.ts";
import { captureStream, change, FAILURE, manualClock, MIRROR, plan, report, result } from "./samples.ts";

const COUNT = 3000;
/** No change and no frame of these documents is larger; 3,000 of them are. */
const PIECE = 4000;
const HOSTILE = "\u009B2J ##vso[x] \u{1F600}\uD800";

function changes(count: number): readonly Change[] {
  return Array.from({ length: count }, (_, at) => change({ to: `${MIRROR}/app:v${at}`, notes: [`${HOSTILE} ${at}`] }));
}

const results = changes(COUNT).map((one) => ({ change: one, result: result("applied") }));

for (const count of [0, 1, COUNT])
  test(`a plan of ${count} changes is rendered in small pieces, which join to the same document as one text`, async () => {
    const whole = { ...plan(...changes(count)), failures: [FAILURE] };
    const pieces = [...jsonPlanPieces(whole)];
    assert.ok(pieces.length > count, String(pieces.length));
    assert.ok(Math.max(...pieces.map(({ length }) => length)) <= PIECE);
    const written = JSON.parse(forJson(encodePlan(whole))) as object;
    const { checksum: _, ...content } = JSON.parse(pieces.join("")) as { readonly checksum: string };
    assert.deepEqual(content, written);
    const checksum = digestOf(canonicalJson(written));
    assert.equal(planChecksum(written), checksum);
    assert.equal(pieces.join(""), `${forJson({ ...written, checksum }, 2)}\n`);
    assert.equal((await parsePlan(pieces.join(""), "plan.json")).changes.length, count);
  });

test("a report is rendered in small pieces, which join to the same document as one text", async () => {
  const whole = report(results, { failures: [FAILURE] });
  const pieces = [...jsonReportPieces(whole)];
  assert.ok(Math.max(...pieces.map(({ length }) => length)) <= PIECE);
  assert.equal(pieces.join(""), `${forJson(encodeReport(whole), 2)}\n`);
  assert.equal((await parseReport(pieces.join(""), "report.json")).results.length, COUNT);
  const empty = report([]);
  assert.equal([...jsonReportPieces(empty)].join(""), `${forJson(encodeReport(empty), 2)}\n`);
});

test("the report at the end of events is one line, written in several parts", () => {
  const stdout = captureStream();
  const parts: string[] = [];
  const write = (text: string): void => {
    parts.push(text);
    stdout.write(text);
  };
  const whole = report(results);
  createJsonReporter({ stdout: { write }, clock: manualClock() }).report({ type: "run.finished", report: whole });
  assert.ok(parts.length > 2, String(parts.length));
  assert.equal(parts.join(""), `${forJson(encodeReport(whole))}\n`);
});

test("pieces are joined to chunks, so that 100,000 changes do not need as many writes", () => {
  const pieces = Array.from({ length: 100_000 }, (_, at) => `${at},`);
  const chunks = [...inChunks(pieces)];
  assert.equal(chunks.join(""), pieces.join(""));
  assert.equal(chunks.length, 3);
  assert.deepEqual([...inChunks(["", ""])], []);
});
