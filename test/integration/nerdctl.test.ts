import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { digestOf } from "../../src/model/digest.ts";
import { makeFolder, runCli } from "../support/cli.ts";
import { startDockerRegistry } from "../support/docker-registry.ts";
import { image, twoPlatformIndex } from "../support/images.ts";
import { randomLayer } from "../support/layers.ts";
import { startNerdctl } from "../support/nerdctl.ts";
import { requirePrograms, requireRoot } from "../support/programs.ts";
import { pushImage } from "../support/push-image.ts";
import { createScope } from "../support/scope.ts";
import { skopeoInspectRaw } from "../support/skopeo.ts";

const { onEnd } = createScope();

describe("nerdctl instead of docker", () => {
  it("pushes local images and copies others unchanged, and the next plan has nothing to do", async (t) => {
    if (!requirePrograms(t, "nerdctl", "containerd", "docker-registry", "skopeo") || !requireRoot(t)) return;
    const containerd = await startNerdctl();
    onEnd(containerd.stop);
    const { host, stop } = await startDockerRegistry();
    onEnd(stop);
    const folder = await makeFolder();
    onEnd(folder.remove);
    await containerd.importImage("my-image", "by nerdctl");
    const single = image({ layers: [randomLayer({ size: 1000, seed: 5 })] });
    const index = twoPlatformIndex(7);
    await pushImage(host, "source/app", "v1", single);
    await pushImage(host, "source/index", "v1", index);
    const list = () => containerd.nerdctl("images", "--no-trunc", "--format", "{{.Repository}}:{{.Tag}} {{.ID}}");
    const before = await list();
    const id = /sha256:[a-f0-9]{64}/.exec(before)?.[0] ?? "";
    const entries = [
      `{ source: docker-daemon:my-image, target: ${host}/app:by-name }`,
      `{ source: "docker-daemon:${id}", target: ${host}/app:by-id }`,
      `{ source: ${host}/source/app:v1, target: ${host}/mirror/app, engine: docker }`,
      `{ source: ${host}/source/index:v1, target: ${host}/mirror/index, engine: docker, platforms: [linux/arm64] }`,
    ];
    const known = `registries:\n  ${host}: { plainHttp: true }\n`;
    await folder.write(
      "images.yaml",
      `version: 1\n${known}images:\n${entries.map((entry) => `  - ${entry}\n`).join("")}`,
    );
    const environment = { ...containerd.environment, IMGSYNC_DOCKER_COMMAND: containerd.program };
    const run = (...args: readonly string[]) => runCli(args, { cwd: folder.path, environment });
    const applied = await run("apply", "--yes");
    assert.equal(applied.code, 0, applied.stderr + applied.stdout);
    const again = await run("plan", "--detailed-exitcode");
    assert.equal(again.code, 0, again.stderr + again.stdout);
    const wanted: Readonly<Record<string, string | undefined>> = {
      "app:by-name": id,
      "app:by-id": id,
      "mirror/app:v1": single.digest,
      "mirror/index:v1": index.children[1]?.digest,
    };
    for (const [path, digest] of Object.entries(wanted)) {
      assert.equal(digestOf(await skopeoInspectRaw(`${host}/${path}`)), digest, path);
    }
    assert.equal(await list(), before);
  });
});
