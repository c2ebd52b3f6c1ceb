import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { blockNames, fillBlocks } from "../scripts/docs-output/blocks.ts";
import { playScenario, readPages } from "../scripts/docs-output/pages.ts";
import { SCENARIOS } from "../scripts/docs-output/scenarios.ts";

const HINT = "run: npm run docs:output";

describe("output shown in README.md and docs/", () => {
  for (const scenario of SCENARIOS) {
    it(`matches what imgsync prints: ${scenario.name}`, async () => {
      const texts = await playScenario(scenario);
      for (const { path, text } of await readPages()) {
        const others = blockNames(text).filter((name) => !texts.has(name));
        const unchanged = new Map(others.map((name) => [name, shownIn(text, name)]));
        assert.equal(text, fillBlocks(text, new Map([...unchanged, ...texts])), `${path}: ${HINT}`);
      }
    });
  }

  it("belongs to a scenario", async () => {
    const scenarios = new Set(SCENARIOS.map(({ name }) => name));
    const names = (await readPages()).flatMap(({ text }) => blockNames(text));
    assert.ok(names.length > 20, `${names.length} blocks`);
    assert.deepEqual(
      names.filter((name) => !scenarios.has(name.split("/")[0] ?? "")),
      [],
    );
  });

  it("is replaced with new output, and is an error without a scenario", () => {
    const page = "<!-- output: a/b -->\n```console\nold\n```\n";
    assert.equal(fillBlocks(page, new Map([["a/b", "new\n"]])), "<!-- output: a/b -->\n```console\nnew\n```\n");
    assert.throws(() => fillBlocks(page, new Map()), /no scenario produces/);
  });
});

function shownIn(page: string, name: string): string {
  return page.split(`<!-- output: ${name} -->\n`)[1]?.match(/^(`{3,})\w+\n([\s\S]*?)\1\n/)?.[2] ?? "";
}
