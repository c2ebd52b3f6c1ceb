import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { makeFolder, runCli } from "../support/cli.ts";
import type { EmbeddedRegistry } from "../support/embedded-registry/registry.ts";
import { referrersTag, smallImage, twoPlatformIndex } from "../support/images.ts";
import { createScope } from "../support/scope.ts";

const { registry: start, onEnd } = createScope();

async function folderWith(hosts: readonly EmbeddedRegistry[], mirrored: EmbeddedRegistry, text: string) {
  const [origin, mirror] = hosts;
  const lines = hosts.map((one) =>
    one === mirrored
      ? `  ${one.host}: { plainHttp: true, mirrors: [${mirror?.host ?? ""}/cache] }`
      : `  ${one.host}: { plainHttp: true }`,
  );
  const manifest = ["version: 1", "registries:", ...lines, text.replaceAll("ORIGIN", origin?.host ?? ""), ""];
  const folder = await makeFolder({ "images.yaml": manifest.join("\n") });
  onEnd(folder.remove);
  return folder;
}

describe("mirrors in images.yaml", () => {
  it("serve all content of a copy, while the tag is resolved at the registry itself", async () => {
    const [origin, mirror, target] = [await start(), await start(), await start()];
    const index = twoPlatformIndex(1);
    origin.putImage("app", "v1", index);
    mirror.putImage("cache/app", "v1", twoPlatformIndex(2));
    mirror.putImage("cache/app", undefined, index);
    // referrers change, as tags do, so they are always read from the registry itself
    const entry = `images:\n  - { source: ORIGIN/app, target: ${target.host}/copy/app, tags: [v1], referrers: false }`;
    const folder = await folderWith([origin, mirror, target], origin, entry);
    const { code, stderr } = await runCli(["apply", "--yes"], { cwd: folder.path });
    assert.equal(code, 0, stderr);
    assert.equal(target.store.tags("copy/app").get("v1"), index.digest);
    assert.deepEqual(
      origin.log.map(({ method, path }) => `${method} ${path}`),
      ["HEAD /v2/app/manifests/v1"],
    );
  });

  it("are never used for a target", async () => {
    const [origin, mirror, source] = [await start(), await start(), await start()];
    const index = twoPlatformIndex(1);
    source.putImage("app", "v1", index);
    mirror.putImage("cache/app", "v1", index);
    const entry = `images:\n  - { source: ${source.host}/app, target: ORIGIN/app, tags: [v1] }`;
    const folder = await folderWith([origin, mirror, source], origin, entry);
    const { code, stderr } = await runCli(["apply", "--yes"], { cwd: folder.path });
    assert.equal(code, 0, stderr);
    assert.equal(origin.store.tags("app").get("v1"), index.digest);
    assert.equal(mirror.log.length, 0);
  });

  it("are not used by a plan without changes", async () => {
    const [origin, mirror, target] = [await start(), await start(), await start()];
    const index = twoPlatformIndex(1);
    for (const [registry, repository] of [
      [origin, "app"],
      [target, "copy/app"],
    ] as const)
      registry.putImage(repository, "v1", index);
    const entry = `images:\n  - { source: ORIGIN/app, target: ${target.host}/copy/app, tags: [v1] }`;
    const folder = await folderWith([origin, mirror, target], origin, entry);
    assert.equal((await runCli(["plan", "--detailed-exitcode"], { cwd: folder.path })).code, 0);
    assert.equal(mirror.log.length, 0);
  });

  it("serve an image while its registry is down, but neither signatures, which the plan notes, nor tags for a selector", async () => {
    const [origin, mirror, target] = [await start(), await start(), await start()];
    const signed = smallImage(1);
    mirror.putImage("cache/app", "v1", signed);
    mirror.putImage("cache/app", referrersTag(signed, ".sig"), smallImage(2));
    const entry = (tags: string): string => `  - { source: ORIGIN/app, target: ${target.host}/${tags} }`;
    const folder = await folderWith(
      [origin, mirror, target],
      origin,
      ["images:", entry("copy, tags: [v1]"), entry("all, tags: [{ glob: '*' }]")].join("\n"),
    );
    await origin.stop();
    const planned = await runCli(["plan"], { cwd: folder.path });
    assert.equal(planned.code, 1, planned.stdout);
    assert.match(planned.stdout, /create {3}v1 .*, note: signatures and referrers could not be looked up: /);
    assert.match(planned.stdout, /error .*\[REGISTRY_UNREACHABLE\], for \S+\/all$/m);
    const { code, stderr } = await runCli(["apply", "--yes", "--only", `${target.host}/copy:*`], { cwd: folder.path });
    assert.equal(code, 0, stderr);
    assert.deepEqual([...target.store.tags("copy")], [["v1", signed.digest]]);
  });
});
