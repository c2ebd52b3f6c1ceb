import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { makeFolder, runCli } from "../support/cli.ts";
import { createScope } from "../support/scope.ts";

const { registry, onEnd } = createScope();

async function mappingLocalImage() {
  const target = await registry();
  const folder = await makeFolder({
    "images.yaml": `version: 1\nimages:\n  - { source: "docker-daemon:my-image", target: "${target.host}/app:v1" }\n`,
    "settings.yaml": `registries:\n  ${target.host}: { plainHttp: true }\n`,
  });
  onEnd(folder.remove);
  return (...args: readonly string[]) => runCli(["plan", "--config", "settings.yaml", ...args], { cwd: folder.path });
}

describe("a docker-daemon: source", () => {
  it("fails with a hint when docker is not installed", async () => {
    const plan = await mappingLocalImage();
    const { code, stdout } = await plan("--docker-command", "no-such-docker");
    assert.equal(code, 1);
    assert.match(stdout, /no-such-docker is not installed, or not on the PATH/);
    assert.match(stdout, /--docker-command/);
  });

  it("fails with --untrusted without running docker", async () => {
    const plan = await mappingLocalImage();
    const { code, stdout } = await plan("--untrusted", "--docker-command", "no-such-docker");
    assert.equal(code, 1);
    assert.match(stdout, /docker is disabled for untrusted manifests/);
  });
});
