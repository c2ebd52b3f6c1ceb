import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, it } from "node:test";

const ROOT = fileURLToPath(new URL("..", import.meta.url));

describe("docs/reliability.md", () => {
  it("names only tests that exist", () => {
    const named = namedTests(readFileSync(join(ROOT, "docs", "reliability.md"), "utf8"));
    assert.ok(named.length > 100, `${named.length} tests are named`);
    const patterns = testNames();
    const missing = named.filter((name) => !patterns.some((pattern) => pattern.test(name)));
    assert.deepEqual(missing, []);
  });

  it("names every test in test/faults", () => {
    const named = namedTests(readFileSync(join(ROOT, "docs", "reliability.md"), "utf8"));
    const patterns = testNames((path) => path.startsWith("faults/"));
    assert.deepEqual(patterns.filter((pattern) => !named.some((name) => pattern.test(name))).map(String), []);
  });

  it("names a test for each bug of other tools, with its file", () => {
    const bugs = namedBugs(readFileSync(join(ROOT, "docs", "reliability.md"), "utf8"));
    assert.ok(bugs.length > 20, `${bugs.length} bugs are named`);
    assert.deepEqual(
      bugs.filter((bug) => !isTestOfFile(bug)),
      [],
    );
  });

  it("is rejected if it names a test that does not exist", () => {
    assert.ok(!isTestOfFile("registry/link.test.ts › a test that does not exist"));
    assert.ok(!isTestOfFile("registry/nowhere.test.ts › resolves relative and absolute links"));
    const [name] = namedTests("| fault | imgsync | test |\n|---|---|---|\n| a | b | a test that does not exist |\n");
    assert.equal(name, "a test that does not exist");
    assert.ok(!testNames().some((pattern) => pattern.test("a test that does not exist")));
  });
});

const HEADERS = ["| fault |", "| what went wrong in other tools |"];

/** The last column of each row. */
function lastCells(text: string): readonly string[] {
  const rows = text
    .split("\n")
    .filter((line) => line.startsWith("| ") && !HEADERS.some((head) => line.startsWith(head)));
  return rows.map((row) => row.split(" | ").at(-1)?.replace(/ \|$/, "") ?? "");
}

function namedTests(text: string): readonly string[] {
  return lastCells(text).filter((cell) => !cell.includes(" › "));
}

/** `FILE › NAME`. */
function namedBugs(text: string): readonly string[] {
  return lastCells(text).filter((cell) => cell.includes(" › "));
}

function isTestOfFile(bug: string): boolean {
  const [file = "", name = ""] = bug.split(" › ");
  return testNames((path) => path === file).some((pattern) => pattern.test(name));
}

/** Patterns for the names of all tests; a placeholder of a template matches any text. */
function testNames(isMeant: (path: string) => boolean = () => true): readonly RegExp[] {
  const folder = join(ROOT, "test");
  const paths = readdirSync(folder, { recursive: true, encoding: "utf8" });
  return paths
    .filter((path) => path.endsWith(".test.ts") && isMeant(path.replaceAll("\\", "/")))
    .flatMap((path) =>
      Array.from(readFileSync(join(folder, path), "utf8").matchAll(NAME), ([, one, two, three]) =>
        toPattern(one ?? two ?? three ?? ""),
      ),
    );
}

/** Matches `it("…`, `name: "…` and `cell("…`, also when the name is on the next line. */
const NAME = /(?:(?<![.\w])(?:it|test|cell)\(|\bname:)\s*(?:"((?:[^"\\]|\\.)*)"|`([^`]*)`|'([^']*)')/g;

function toPattern(name: string): RegExp {
  const parts = name.replaceAll('\\"', '"').split(/\$\{[^}]*\}/);
  return new RegExp(`^${parts.map((part) => part.replaceAll(/[.*+?^${}()|[\]\\]/g, String.raw`\$&`)).join(".*")}$`);
}
