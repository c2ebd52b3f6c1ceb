import assert from "node:assert/strict";
import { existsSync, readFileSync } from "node:fs";
import { describe, it } from "node:test";

const read = (path: string): string => readFileSync(new URL(`../${path}`, import.meta.url), "utf8");

describe("docs/architecture.md", () => {
  const page = read("docs/architecture.md");

  it("lists every folder of src/ with its layer", () => {
    const rules = read("test/support/architecture/rules.ts");
    const layers = Array.from(
      rules.matchAll(/^ {2}"?([\w/-]+)"?: (\d+),$/gm),
      ([, folder, layer]) => `| ${layer} | \`${folder}/\` |`,
    );
    assert.ok(layers.length > 10);
    assert.deepEqual(
      layers.filter((row) => !page.includes(`\n${row} `)),
      [],
    );
  });

  it("names only functions that exist in the path of one tag", () => {
    const steps = Array.from(
      page.matchAll(/^\| [^|]+ \| `(\w+)` \| `(src\/[\w/.-]+)` \|$/gm),
      ([, name = "", file = ""]) => ({ name, file }),
    );
    assert.ok(steps.length > 15, `${steps.length} steps`);
    assert.deepEqual(
      steps.filter(({ name, file }) => !isDeclared(name, file)),
      [],
    );
  });

  it("is rejected if it names a function that does not exist", () => {
    assert.ok(!isDeclared("nothing", "src/planner/diff.ts"));
    assert.ok(!isDeclared("diff", "src/planner/nowhere.ts"));
  });
});

function isDeclared(name: string, file: string): boolean {
  if (!existsSync(new URL(`../${file}`, import.meta.url))) return false;
  return new RegExp(String.raw`^export (?:async )?function ${name}\b`, "m").test(read(file));
}
