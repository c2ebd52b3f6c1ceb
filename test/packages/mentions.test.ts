import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, it } from "node:test";
import { mentioningFiles, outdatedMentions, withMentions } from "../../scripts/mentions.ts";
import { ROOT, VERSION } from "./support/packages.ts";

const { homepage, repository, bugs } = JSON.parse(readFileSync(join(ROOT, "package.json"), "utf8"));
const PATH = new URL(homepage).pathname.slice(1);

describe("the address and the version in docs, examples, the action, the component and the chart", () => {
  it("are those of package.json", async () => {
    assert.deepEqual([...(await outdatedMentions(ROOT)).keys()], []);
    assert.equal(repository.url, `git+https://github.com/${PATH}.git`);
    assert.equal(bugs, `https://github.com/${PATH}/issues`);
  });

  it("follow package.json everywhere: with others, the old ones are nowhere", async () => {
    const other = { repository: "https://github.com/someone/imgsync", version: "9.8.7" };
    const files = await mentioningFiles(ROOT);
    const changed = new Set(
      files.filter((path) => {
        const text = readFileSync(join(ROOT, path), "utf8");
        const wanted = withMentions(text, other);
        for (const old of [`github.com/${PATH}`, `ghcr.io/${PATH}`, `uses: ${PATH}`])
          assert.ok(!wanted.includes(old), `${path}: ${old}`);
        assert.ok(!/imgsync[@:v/-]+\d/.test(wanted.replaceAll("9.8.7", "")), path);
        return wanted !== text;
      }),
    );
    for (const path of [
      "docs/install.md",
      "templates/sync.yml",
      "charts/imgsync/values.yaml",
      "examples/github-actions/plan.yml",
    ])
      assert.ok(changed.has(path), path);
    const page = withMentions(readFileSync(join(ROOT, "docs", "install.md"), "utf8"), other);
    assert.ok(page.includes("9.8.7") && !page.includes(VERSION));
  });
});
