import assert from "node:assert/strict";
import { chmod } from "node:fs/promises";
import { join } from "node:path";
import { describe, it } from "node:test";
import { makeFolder, runCli } from "../support/cli.ts";
import { createScope } from "../support/scope.ts";

const { registry: start, onEnd } = createScope();

/** Returns the result of doctor's cosign check, with the script in place of cosign. */
async function checkCosign(script: string | undefined, verify = "{ key: cosign.pub }"): Promise<string | undefined> {
  const { host } = await start();
  const folder = await makeFolder({
    "cosign.pub": "a key",
    "images.yaml": `version: 1
registries: { "${host}": { plainHttp: true } }
images: [{ source: "${host}/app:v1", target: "${host}/mirror/app", verify: ${verify} }]
`,
  });
  onEnd(folder.remove);
  if (script !== undefined) {
    await folder.write("cosign", `#!/bin/sh\n${script}\n`);
    await chmod(join(folder.path, "cosign"), 0o755);
  }
  const { stdout } = await runCli(["doctor", "--format", "json"], {
    cwd: folder.path,
    environment: { PATH: folder.path },
  });
  const { groups } = JSON.parse(stdout) as {
    readonly groups: readonly { readonly checks: readonly Readonly<Record<string, string>>[] }[];
  };
  const check = groups.flatMap(({ checks }) => checks).find(({ name }) => name === "cosign");
  return check && [check["status"], check["message"], check["hint"]].filter((word) => word !== undefined).join("; ");
}

describe("the cosign check of imgsync doctor", () => {
  it("reports the version of cosign", async () => {
    assert.equal(await checkCosign(`echo '{"gitVersion":"v3.1.1"}'`), "ok; cosign v3.1.1");
  });

  it("reports a problem when cosign is missing, too old or fails", async () => {
    assert.equal(
      await checkCosign(undefined),
      'problem; "cosign" is not a program on the PATH; install cosign 2 or newer',
    );
    assert.equal(
      await checkCosign(`echo '{"gitVersion":"v1.13.6"}'`),
      "problem; cosign v1.13.6 is older than version 2; update it",
    );
    assert.equal(await checkCosign("exit 3"), 'problem; "cosign version" failed with exit code 3; run it by hand');
  });

  it("is omitted when no signature is required", async () => {
    assert.equal(await checkCosign(undefined, "false"), undefined);
  });
});
