import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { makeFolder, runCli } from "../support/cli.ts";
import { smallImage } from "../support/images.ts";
import { createScope } from "../support/scope.ts";

const { registry: start, onEnd } = createScope();

describe("a named tag of an optional entry that the source does not have", () => {
  it("is shown in every format, and fails neither plan nor apply", async () => {
    const [source, target] = [await start(), await start()];
    source.putImage("app", "v1", smallImage(1));
    target.putImage("app", "gone", smallImage(2));
    const folder = await makeFolder({
      "images.yaml": [
        "version: 1",
        `registries: { ${source.host}: { plainHttp: true }, ${target.host}: { plainHttp: true } }`,
        "images:",
        `  - { source: ${source.host}/app, target: ${target.host}/app, optional: true, tags: [v1, gone] }`,
        "",
      ].join("\n"),
    });
    onEnd(folder.remove);
    const run = (...words: readonly string[]) => runCli(words, { cwd: folder.path });
    for (const format of ["text", "markdown", "html", "json", "shell"]) {
      const { code, stdout } = await run("plan", "--format", format);
      assert.equal(code, 0, format);
      assert.match(stdout, /the source has no such tag, and the entry is optional/, format);
    }
    const { stdout } = await run("plan", "--out", "plan.json");
    assert.match(stdout, /^ {2}missing {2}gone .*, the target keeps [0-9a-f:sh]+, note: the source has no such tag/m);
    assert.match(stdout, /^plan: 1 to create, 1 missing at the source/m);
    const applied = await run("apply", "plan.json", "--yes");
    assert.equal(applied.code, 0, applied.stderr);
    assert.match(applied.stdout, /^apply: 1 applied, 1 missing at the source/m);
    assert.equal(target.store.tags("app").get("gone"), smallImage(2).digest);
    const again = await run("apply", "--yes");
    assert.match(again.stdout, /^Nothing to do\. 1 tag already in sync, 1 missing at the source\.$/m);
    const explained = await run("explain", `${target.host}/app:gone`);
    assert.match(explained.stdout, /plan {4}missing, .*the source has no such tag/);
  });
});

describe("a source repository of an optional entry that does not exist", () => {
  it("is a warning, since its name may be misspelt, and fails neither plan nor apply", async () => {
    const [source, target] = [await start(), await start()];
    source.putImage("app", "v1", smallImage(1));
    const folder = await makeFolder({
      "images.yaml": [
        "version: 1",
        `registries: { ${source.host}: { plainHttp: true }, ${target.host}: { plainHttp: true } }`,
        "defaults: { optional: true }",
        "images:",
        ...["app", "ap", "ap"].map(
          (name, at) => `  - { source: ${source.host}/${name}, target: ${target.host}/to${at}, tags: [{ glob: x* }] }`,
        ),
        "",
      ].join("\n"),
    });
    onEnd(folder.remove);
    const run = (...words: readonly string[]) => runCli(words, { cwd: folder.path });
    for (const words of [["plan"], ["plan", "--format", "json"], ["apply", "--yes"]]) {
      const { code, stderr } = await run(...words);
      assert.equal(code, 0, stderr);
      const warnings = stderr.split("\n").filter((line) => line.startsWith("warning: "));
      assert.deepEqual(warnings, [
        `warning: ${source.host}: there is no source repository "ap", or the credentials may not read it; its entry is optional`,
      ]);
    }
    const limited = await run("plan", "--only", `${target.host}/to0`);
    assert.doesNotMatch(limited.stderr, /warning/);
  });
});
