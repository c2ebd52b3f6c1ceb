import assert from "node:assert/strict";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, it } from "node:test";
import { fileURLToPath } from "node:url";

const ROOT = fileURLToPath(new URL("..", import.meta.url));

describe("test/README.md", () => {
  const page = readFileSync(join(ROOT, "test", "README.md"), "utf8");

  it("lists every test file that has no source file of its name", () => {
    const paths = readdirSync(join(ROOT, "test"), { recursive: true, encoding: "utf8" });
    const files = paths.map((path) => path.replaceAll("\\", "/")).filter((path) => path.endsWith(".test.ts"));
    assert.ok(files.length > 200, `${files.length} files`);
    assert.deepEqual(
      files.filter((file) => !hasSource(file) && !isListed(file, page)),
      [],
    );
  });

  it("would be caught without one of them", () => {
    assert.ok(hasSource("http/retry.test.ts"));
    assert.ok(!hasSource("planner/max-age.test.ts"));
    assert.ok(isListed("planner/max-age.test.ts", page));
    assert.ok(!isListed("planner/nowhere.test.ts", page));
  });
});

function hasSource(file: string): boolean {
  return existsSync(join(ROOT, "src", file.replace(/\.test\.ts$/, ".ts")));
}

function isListed(file: string, page: string): boolean {
  return page.includes(`[${file.replace(/\.test\.ts$/, "")}](${file})`);
}
