import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, it } from "node:test";
import { fileURLToPath } from "node:url";
import { withoutTextAndComments } from "./support/architecture/source.ts";

const ROOT = fileURLToPath(new URL("..", import.meta.url));

describe("package-lock.json", () => {
  it("names no registry, so that npm uses the one that is configured", () => {
    const text = readFileSync(join(ROOT, "package-lock.json"), "utf8");
    assert.ok(Object.keys(packagesIn(text)).length > 100);
    assert.deepEqual(resolvedPackages(text), []);
  });

  it("would be caught naming one", () => {
    const resolved = "https://registry.example.com/left-pad/-/left-pad-1.3.0.tgz";
    const text = JSON.stringify({ packages: { "": {}, "node_modules/left-pad": { version: "1.3.0", resolved } } });
    assert.deepEqual(resolvedPackages(text), [`node_modules/left-pad: ${resolved}`]);
  });
});

describe("the tests", () => {
  it("leave no clean-up to t.after inside a describe, where Deno does not call it", () => {
    const files = readdirSync(join(ROOT, "test"), { recursive: true, encoding: "utf8" });
    const tests = files.filter((path) => path.endsWith(".test.ts"));
    assert.ok(tests.length > 200, `${tests.length} files`);
    assert.deepEqual(
      tests.filter((path) => leavesCleanUp(readFileSync(join(ROOT, "test", path), "utf8"))),
      [],
    );
  });

  it("would be caught leaving one", () => {
    assert.ok(leavesCleanUp('describe("d", () => { it("i", (t) => { t.after(() => {}); }); });'));
    assert.ok(!leavesCleanUp('test("i", (t) => { t.after(() => {}); }); // describe("'));
  });
});

type LockedPackage = { readonly resolved?: string };

function packagesIn(lockFile: string): Readonly<Record<string, LockedPackage>> {
  return JSON.parse(lockFile).packages;
}

/** The packages whose address is fixed in the lock file. */
function resolvedPackages(lockFile: string): readonly string[] {
  return Object.entries(packagesIn(lockFile)).flatMap(([name, { resolved }]) =>
    resolved === undefined ? [] : [`${name}: ${resolved}`],
  );
}

function leavesCleanUp(text: string): boolean {
  const code = withoutTextAndComments(text);
  return /\bdescribe\s*\(/.test(code) && /\bt\.after\s*\(/.test(code);
}
