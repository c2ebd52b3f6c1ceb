import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { test } from "node:test";
import { Ajv2020 } from "ajv/dist/2020.js";
import * as fc from "fast-check";
import { ERROR_CODES } from "../../src/model/error.ts";
import type { Event } from "../../src/model/event.ts";
import { countActions } from "../../src/model/plan.ts";
import { encodePlan } from "../../src/documents/plan-document.ts";
import { createJsonReporter, renderEvent } from "../../src/reporters/jsonl.ts";
import {
  captureStream,
  change,
  FAILURE,
  manualClock,
  MIRROR,
  NEW,
  OLD,
  plan,
  POSITION,
  report,
  result,
} from "./samples.ts";

async function readSchema(name: string): Promise<object> {
  const text = await readFile(new URL(`../../schemas/${name}.schema.json`, import.meta.url), "utf8");
  // ajv checks that the file is a schema
  return JSON.parse(text) as object;
}

const validate = new Ajv2020({ allErrors: true, strict: true, strictTypes: false, strictTuples: false })
  .addSchema(await readSchema("plan"))
  .compile(await readSchema("event"));

const ERROR = { code: "DENIED", side: "target", reference: "r.example/a:1", message: "refused", hint: "ask" } as const;
const FULL = change({
  action: "blocked",
  sourceDigest: OLD,
  platforms: [{ os: "linux", architecture: "arm64", variant: "v8" }],
  block: { kind: "rule", position: POSITION, pattern: "v*" },
  error: ERROR,
  notes: ["latest implied"],
});
const LOCAL = change({ source: { kind: "docker-daemon", image: "my-image" }, engine: "docker" });
const RESULT = result("blocked", {
  digest: NEW,
  milliseconds: 12.7,
  error: ERROR,
  block: { kind: "registry", host: "r.example", message: "immutable" },
  notes: ["a note"],
});
const { observed: _, ...UNOBSERVED } = change();
const EVENTS: readonly Event[] = [
  { type: "run.started", total: 2, bytes: 10, counts: countActions([FULL, LOCAL]), changes: [FULL, LOCAL] },
  { type: "change.started", change: FULL },
  { type: "change.started", change: UNOBSERVED },
  { type: "change.progress", change: LOCAL, progress: { doneBytes: 1, totalBytes: 2 } },
  { type: "change.finished", change: LOCAL, result: RESULT },
  { type: "warning", message: "slow", reference: "r.example" },
  { type: "warning", message: "slow" },
  {
    type: "run.finished",
    report: report([{ change: FULL, result: RESULT }], { milliseconds: 0.5, failures: [FAILURE] }),
  },
];

function parse(line: string): Record<string, unknown> {
  const value: unknown = JSON.parse(line);
  assert.ok(typeof value === "object" && value !== null);
  return { ...value };
}

for (const event of EVENTS) {
  test(`the line of a ${event.type} event matches the schema and has its version and type`, () => {
    const value = parse(renderEvent(event));
    assert.ok(validate(value), JSON.stringify(validate.errors));
    assert.equal(value["version"], 1);
    assert.equal(value["type"], event.type);
  });
}

test("the schema rejects undocumented keys", () => {
  for (const event of EVENTS) assert.ok(!validate({ ...parse(renderEvent(event)), more: 1 }), event.type);
});

test("the schema accepts every error code", () => {
  for (const code of ERROR_CODES) {
    const event = { ...FULL, error: { code, message: "x" } };
    assert.ok(validate(parse(renderEvent({ type: "change.started", change: event }))), code);
  }
});

test("a change has the same shape as in a plan document", () => {
  for (const one of [FULL, LOCAL, UNOBSERVED]) {
    const [expected] = encodePlan(plan(one)).changes;
    assert.deepEqual(parse(renderEvent({ type: "change.started", change: one }))["change"], expected);
  }
});

test("a missing target tag is null, and an unknown one is left out", () => {
  assert.match(renderEvent({ type: "change.started", change: change() }), /"observed":null/);
  assert.doesNotMatch(renderEvent({ type: "change.started", change: UNOBSERVED }), /observed/);
});

test("an event is one line that is safe to print, and untrusted text in it is cut", () => {
  fc.assert(
    fc.property(fc.string({ unit: "binary", maxLength: 2000 }), (message) => {
      const line = renderEvent({ type: "warning", message, reference: message });
      assert.doesNotMatch(line, /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/u);
      assert.ok(validate(parse(line)));
      assert.ok(Array.from(String(parse(line)["message"])).length <= 500);
    }),
  );
});

test("events are lines on stdout, ending with the report", () => {
  const stdout = captureStream();
  const reporter = createJsonReporter({ stdout, clock: manualClock() });
  for (const event of EVENTS) reporter.report(event);
  const lines = stdout.text().split("\n");
  assert.equal(lines.pop(), "");
  assert.deepEqual(
    lines.map((line) => parse(line)["type"]),
    EVENTS.map(({ type }) => type),
  );
});

test("progress is reported at most once a second for each change", () => {
  const stdout = captureStream();
  const clock = manualClock();
  const reporter = createJsonReporter({ stdout, clock });
  const other = change({ to: `${MIRROR}/other:1` });
  for (let step = 0; step < 25; step += 1) {
    const progress = { doneBytes: step, totalBytes: 25 };
    reporter.report({ type: "change.progress", change: change(), progress });
    if (step === 1) reporter.report({ type: "change.progress", change: other, progress });
    clock.advance(100);
  }
  const shown = stdout.chunks
    .map((line) => parse(line))
    .map(({ target, doneBytes }) => `${String(target)} ${String(doneBytes)}`);
  const nginx = `${MIRROR}/nginx:1.27.3`;
  assert.deepEqual(shown, [`${nginx} 0`, `${MIRROR}/other:1 1`, `${nginx} 10`, `${nginx} 20`]);
});
