import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { makeFolder, runCli } from "../../support/cli.ts";
import { createScope } from "../../support/scope.ts";

const { onEnd } = createScope();

describe("a long flag with one dash, as Terraform writes it", () => {
  for (const [words, name] of [
    ["plan -out=plan.json", "-out"],
    ["plan -out plan.json", "-out"],
    ["plan -detailed-exitcode", "-detailed-exitcode"],
    ["validate -var-file prod.env", "-var-file"],
    ["report merge -format json report.json", "-format"],
  ] as const) {
    it(`is refused, with the flag to write: imgsync ${words}`, async () => {
      const folder = await makeFolder({ "images.yaml": "version: 1\nimages: []\n" });
      onEnd(folder.remove);
      const { code, stderr } = await runCli(words.split(" "), { cwd: folder.path });
      assert.deepEqual(
        { code, stderr },
        { code: 1, stderr: `error: "${name}" needs two dashes [USAGE]\n  hint: write -${name}\n` },
      );
    });
  }

  it("does not concern short flags with a value, and words after --", async () => {
    const folder = await makeFolder({ "images.yaml": "version: 1\nimages: []\n" });
    onEnd(folder.remove);
    const joined = await runCli(["validate", "-fimages.yaml"], { cwd: folder.path });
    assert.equal(joined.code, 0, joined.stderr);
    const after = await runCli(["apply", "--", "-out"], { cwd: folder.path });
    assert.match(after.stderr, /"-out" does not exist|"-out" cannot be read/);
  });
});
