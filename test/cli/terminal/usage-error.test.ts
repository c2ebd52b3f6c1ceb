import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { makeFolder, runCli } from "../../support/cli.ts";
import { createScope } from "../../support/scope.ts";

const { onEnd } = createScope();

describe("a usage error", () => {
  for (const [words, expected] of [
    ["plan --shards 0", '"0" is not valid for --shards [USAGE]\n  hint: write a number of shards from 1 to 1000'],
    [
      "plan --format xml",
      '"xml" is not valid for --format [USAGE]\n  hint: write one of text, json, shell, markdown, html',
    ],
    [
      "plan --var NAME",
      '"NAME" is not valid for --var [USAGE]\n  hint: write NAME=value; a name has letters, digits and _',
    ],
    ["completion tcsh", '"tcsh" is not valid for shell [USAGE]\n  hint: write one of bash, zsh, fish'],
    ["plan plan.json other", "too many arguments for 'plan': plan.json, other [USAGE]"],
    ["plan --sharts 2", "unknown option '--sharts' [USAGE]\n(Did you mean --shards?)"],
  ] as const) {
    it(`has a message and a hint: imgsync ${words}`, async () => {
      const folder = await makeFolder();
      onEnd(folder.remove);
      const { code, stderr } = await runCli(words.split(" "), { cwd: folder.path });
      assert.deepEqual(
        { code, start: stderr.slice(0, expected.length + 8) },
        { code: 1, start: `error: ${expected}\n` },
      );
    });
  }
});
