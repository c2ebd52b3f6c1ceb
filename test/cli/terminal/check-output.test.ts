import assert from "node:assert/strict";
import { symlink } from "node:fs/promises";
import { join } from "node:path";
import { describe, it } from "node:test";
import { makeFolder, runCli } from "../../support/cli.ts";
import { smallImage } from "../../support/images.ts";
import { createScope } from "../../support/scope.ts";

const { registry: start, onEnd } = createScope();

/** A folder with a manifest that copies a tag, and with its plan. */
async function planned() {
  const [source, target] = [await start(), await start()];
  source.putImage("app", "v1", smallImage(1));
  const manifest = `version: 1
registries: { "${source.host}": { plainHttp: true }, "${target.host}": { plainHttp: true } }
images: [{ source: "${source.host}/app:v1", target: "${target.host}/app" }]
`;
  const folder = await makeFolder({ "images.yaml": manifest });
  onEnd(folder.remove);
  const run = (...args: readonly string[]) => runCli(args, { cwd: folder.path });
  assert.equal((await run("plan", "--out", "plan.json")).code, 0);
  return { ...folder, manifest, target, run };
}

describe("a file that a flag names", () => {
  it("does not replace the manifest or the plan, also through a link, and nothing is applied", async () => {
    const { path, manifest, target, run, read } = await planned();
    await symlink("images.yaml", join(path, "link"));
    const plan = await read("plan.json");
    for (const [args, message] of [
      [["plan", "--out", "images.yaml"], '--out "images.yaml" would replace the manifest'],
      [["apply", "--yes", "--report", "./link"], '--report "./link" would replace the manifest'],
      [["apply", "plan.json", "--yes", "--report", "plan.json"], '--report "plan.json" would replace the plan'],
    ] as const) {
      const { code, stderr } = await run(...args);
      assert.deepEqual({ code, stderr }, { code: 1, stderr: `error: ${message} [USAGE]\n  hint: name another file\n` });
    }
    assert.equal(await read("images.yaml"), manifest);
    assert.equal(await read("plan.json"), plan);
    assert.equal(target.store.tags("app").size, 0);
  });

  it("does not replace any other file that the command reads", async () => {
    const { manifest, run, write, read } = await planned();
    const [images = ""] = /images: .*/.exec(manifest) ?? [];
    await write("images.yaml", manifest.replace(images, "include: [more.yaml]\nimages: []"));
    const files = {
      "more.yaml": `version: 1\n${images}\n`,
      "images.lock.yaml": "version: 1\nlocked: []\n",
      "values.env": "NAME=value\n",
      "mine.yaml": "concurrency: 4\n",
    };
    for (const [name, text] of Object.entries(files)) await write(name, text);
    for (const [name, what] of [
      ["more.yaml", "the manifest"],
      ["images.lock.yaml", "the lock file"],
      ["values.env", "the variables"],
      ["mine.yaml", "the settings"],
    ] as const)
      for (const words of [
        ["plan", "--out"],
        ["apply", "--yes", "--report"],
      ]) {
        const { code, stderr } = await run(...words, name, "--var-file=values.env", "--config=mine.yaml", "--no-lock");
        assert.equal(code, 1, stderr);
        assert.ok(stderr.includes(`"${name}" would replace ${what} [USAGE]`), stderr);
        assert.equal(await read(name), files[name]);
      }
  });

  it("is an error before anything is applied if its folder does not exist", async () => {
    const { target, run } = await planned();
    const { code, stderr } = await run("apply", "plan.json", "--yes", "--report", "gone/report.json");
    assert.equal(code, 1);
    assert.match(stderr, /^error: the report cannot be written to "gone\/report\.json" \[OUTPUT_FAILED\]$/m);
    assert.equal(target.store.tags("app").size, 0);
  });
});
