import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { describe, it } from "node:test";

const read = (path: string): string => readFileSync(new URL(`../${path}`, import.meta.url), "utf8");

describe("docs/support.md", () => {
  const page = read("docs/support.md");
  const { devDependencies }: { devDependencies: Record<string, string> } = JSON.parse(read("package.json"));
  const { go }: { go: Record<string, { version: string }> } = JSON.parse(read("test/support/programs.json"));
  const versions = [
    ...["node", "deno"].map((name) => devDependencies[name] ?? ""),
    ...["crictl", "crane", "nerdctl", "helm"].map((name) => go[name]?.version.replace("v", "") ?? ""),
  ];

  it("names the versions of the runtimes, and of the programs that are built for the tests", () => {
    assert.deepEqual(
      versions.filter((version) => !names(page, version)),
      [],
    );
  });

  it("would be caught with other versions", () => {
    for (const version of versions) assert.match(version, /^\d+\.\d+\.\d+$/);
    assert.ok(!names("all tests on 24.21.01", "24.21.0"));
    assert.ok(!names("all tests on 24.21.1", "24.21.0"));
  });
});

function names(page: string, version: string): boolean {
  return page.split(/[^\d.]+/).some((word) => word.replace(/\.$/, "") === version);
}
