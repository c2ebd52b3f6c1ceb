import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { digestOf } from "../../src/model/digest.ts";
import { makeFolder, runCli } from "../support/cli.ts";
import { startDockerRegistry } from "../support/docker-registry.ts";
import { smallImage, twoPlatformIndex } from "../support/images.ts";
import { requirePrograms } from "../support/programs.ts";
import { pushImage } from "../support/push-image.ts";
import { createScope } from "../support/scope.ts";
import { skopeoCopy, skopeoInspectRaw } from "../support/skopeo.ts";

const { onEnd } = createScope();

describe("backup with docker-registry", () => {
  it("keeps the old index under the backup tag, byte for byte, and gives the new image a tag of its own", async (t) => {
    if (!requirePrograms(t, "docker-registry", "skopeo")) return;
    const { host, stop } = await startDockerRegistry();
    onEnd(stop);
    const folder = await makeFolder();
    onEnd(folder.remove);
    const old = twoPlatformIndex(1);
    const fresh = smallImage(2, { created: "2026-03-01T12:00:00Z" });
    await pushImage(host, "app", "stable", fresh);
    await pushImage(host, "mirror", "stable", old);
    const [kept, twin] = [`stable-before-${digits(old)}`, `stable-20260301-${digits(fresh)}`];
    await folder.write(
      "images.yaml",
      `version: 1\nregistries: { "${host}": { plainHttp: true } }\nimages:\n  - source: ${host}/app\n    target: ${host}/mirror\n    backup: "{tag}-before-{digest:8}"\n    tags: [{ from: stable, to: [stable, "{tag}-{date}-{digest:8}"] }]\n`,
    );
    const { code, stdout, stderr } = await runCli(["apply", "--yes"], { cwd: folder.path });
    assert.equal(code, 0, stdout + stderr);
    assert.match(stdout + stderr, new RegExp(`note: backed up as ${kept}`));
    const digestAt = async (tag: string) => digestOf(await skopeoInspectRaw(`${host}/mirror:${tag}`));
    assert.equal(await digestAt(kept), old.digest);
    assert.equal(await digestAt("stable"), fresh.digest);
    assert.equal(await digestAt(twin), fresh.digest);
    const copied = await skopeoCopy(`${host}/mirror:${kept}`, `${host}/elsewhere:whole`);
    assert.ok(copied.ok, copied.stderr);
    const again = await runCli(["apply", "--yes"], { cwd: folder.path });
    assert.match(again.stdout, /Nothing to do/);
  });
});

function digits({ digest }: { readonly digest: string }): string {
  return digest.slice("sha256:".length, "sha256:".length + 8);
}
