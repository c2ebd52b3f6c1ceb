import assert from "node:assert/strict";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, it } from "node:test";

const ROOT = fileURLToPath(new URL("..", import.meta.url));
const ROWS = 34;

type Row = { readonly number: number; readonly does: string; readonly tests: readonly string[] };

describe("docs/artifact-registry.md", () => {
  const rows = readRows(readFileSync(join(ROOT, "docs", "artifact-registry.md"), "utf8"));

  it("has a row for each statement of the vendor's page, in order", () => {
    assert.deepEqual(
      rows.map(({ number }) => number),
      Array.from({ length: ROWS }, (_, at) => at + 1),
    );
  });

  it("describes in each row what imgsync does, and names only tests that exist, at least one", () => {
    assert.deepEqual(
      rows.filter(({ does, tests }) => does === "" || !tests.every(isTest)),
      [],
    );
  });

  it("is rejected if it names a test that does not exist", () => {
    assert.ok(!isTest("integration/artifact-registry.test.ts › a test that does not exist"));
    assert.ok(!isTest("nowhere.test.ts › a test"));
    assert.ok(!isTest(""));
  });
});

function readRows(text: string): readonly Row[] {
  return text
    .split("\n")
    .filter((line) => /^\| \d+ \|/.test(line))
    .map((line) => {
      const [, number = "", , does = "", test = ""] = line.split("|").map((cell) => cell.trim());
      return { number: Number(number), does, tests: test.split("<br>") };
    });
}

/** Whether `FILE › NAME` is a test; a planner case is a folder beside its test file. */
function isTest(text: string): boolean {
  const [file = "", name] = text.split(" › ");
  if (!/^[\w/-]+\.test\.ts$/.test(file) || name === undefined || !existsSync(join(ROOT, "test", file))) return false;
  if (file === "planner/cases.test.ts") return existsSync(join(ROOT, "test/planner/cases", name.replaceAll(" ", "-")));
  const written = readFileSync(join(ROOT, "test", file), "utf8");
  const quoted = JSON.stringify(name);
  // an argument, or the first element of a table row
  return (
    written.includes(`(${quoted}`) ||
    written.split("\n").some((line) => line.replace(/^[ [({]*/, "").startsWith(`${quoted},`))
  );
}
