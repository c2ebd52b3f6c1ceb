import assert from "node:assert/strict";
import { describe, it, type TestContext } from "node:test";
import { type CliResult, makeFolder, runCli } from "../support/cli.ts";
import { startDockerRegistry } from "../support/docker-registry.ts";
import { smallImage } from "../support/images.ts";
import { requirePrograms } from "../support/programs.ts";
import { pushImage } from "../support/push-image.ts";
import { createScope } from "../support/scope.ts";

const { client, onEnd } = createScope();

type Real = {
  readonly apply: () => Promise<CliResult>;
  readonly push: (tag: string, seed: number) => Promise<unknown>;
  readonly tags: () => Promise<readonly string[]>;
};

/** Starts a docker-registry: 1.2.0 is declared for `mirror`, which has 1.0.0 too. */
async function real(deleteEnabled: boolean): Promise<Real> {
  const { host, stop } = await startDockerRegistry({ deleteEnabled });
  onEnd(stop);
  const folder = await makeFolder();
  onEnd(folder.remove);
  await pushImage(host, "app", "1.2.0", smallImage(2));
  await pushImage(host, "mirror", "1.0.0", smallImage(1));
  await folder.write(
    "images.yaml",
    `version: 1\nregistries: { "${host}": { plainHttp: true } }\nimages:\n  - { source: ${host}/app, target: ${host}/mirror, tags: [{ semver: "*" }], prune: true }\n`,
  );
  const made = client();
  return {
    apply: () => runCli(["apply", "--yes"], { cwd: folder.path }),
    push: (tag, seed) => pushImage(host, "mirror", tag, smallImage(seed)),
    tags: async () =>
      (await made.tags.list({ host, path: "mirror" }, { signal: new AbortController().signal }))?.tags ?? [],
  };
}

function ready(t: TestContext): boolean {
  return requirePrograms(t, "docker-registry");
}

describe("prune: true with docker-registry", () => {
  it("deletes by digest, because it does not delete by tag", async (t) => {
    if (!ready(t)) return;
    const { apply, push, tags } = await real(true);
    await push("1.1.0", 1);
    const { code, stdout, stderr } = await apply();
    assert.equal(code, 0, stdout + stderr);
    assert.deepEqual(await tags(), ["1.2.0"]);
    assert.match((await apply()).stdout, /Nothing to do/);
  });

  it("keeps a tag that shares its digest with a tag that stays", async (t) => {
    if (!ready(t)) return;
    const { apply, push, tags } = await real(true);
    await push("mine", 1);
    const { code, stdout, stderr } = await apply();
    assert.equal(code, 3, stdout + stderr);
    assert.match(stdout + stderr, /shares its digest with mine/);
    assert.deepEqual(await tags(), ["1.0.0", "1.2.0", "mine"]);
  });

  it("reports that the registry does not delete at all", async (t) => {
    if (!ready(t)) return;
    const { apply, tags } = await real(false);
    const { code, stdout, stderr } = await apply();
    assert.equal(code, 4, stdout + stderr);
    assert.match(stdout + stderr, /deletes neither tags nor images/);
    assert.deepEqual(await tags(), ["1.0.0", "1.2.0"]);
  });
});
