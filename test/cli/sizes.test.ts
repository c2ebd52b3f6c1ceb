import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { makeFolder, runCli } from "../support/cli.ts";
import type { EmbeddedRegistry } from "../support/embedded-registry/registry.ts";
import { image } from "../support/images.ts";
import { randomLayer } from "../support/layers.ts";
import { createScope } from "../support/scope.ts";

const { registry: start, onEnd } = createScope();

const base = randomLayer({ size: 300_000, seed: 1 });
const first = image({ layers: [base, randomLayer({ size: 20_000, seed: 2 })] });
const second = image({ layers: [base, randomLayer({ size: 10_000, seed: 3 })] });

/** Bytes of blobs that clients sent. */
function blobBytesAt(registry: EmbeddedRegistry): number {
  return registry.log
    .filter(({ path, method }) => method === "PUT" && path.includes("/blobs/uploads/"))
    .reduce((sum, { bytesIn }) => sum + bytesIn, 0);
}

/** Plans and applies; returns the plan's summaries beside the bytes of blobs that arrived at the target. */
async function planAndApply(target: EmbeddedRegistry, images: readonly string[], hosts: readonly string[]) {
  const folder = await makeFolder({
    "images.yaml": [
      "version: 1",
      `registries: { ${hosts.map((host) => `"${host}": { plainHttp: true }`).join(", ")} }`,
      "images:",
      ...images.map((entry) => `  - ${entry}`),
      "",
    ].join("\n"),
  });
  onEnd(folder.remove);
  const run = (...words: readonly string[]) => runCli(words, { cwd: folder.path });
  const { stdout: text } = await run("plan");
  const { stdout } = await run("plan", "--format", "json", "--out", "plan.html");
  const { summary, changes } = JSON.parse(stdout);
  target.clearLog();
  const applied = await run("apply", "--yes", "--format", "json");
  assert.equal(applied.code, 0, applied.stdout + applied.stderr);
  const report = JSON.parse(applied.stdout.trim().split("\n").at(-1) ?? "");
  return {
    text: text.trim().split("\n").at(-1) ?? "",
    planned: summary.bytes,
    each: changes.map(({ transferBytes }: { transferBytes: number }) => transferBytes),
    arrived: blobBytesAt(target),
    reported: report.transferredBytes,
  };
}

describe("the bytes of a plan", () => {
  it("count a blob once for each target host, whatever the number of tags, images and repositories", async () => {
    const [source, target] = [await start(), await start()];
    source.putImage("app", "v1", first);
    source.putImage("app", "v2", second);
    const sizes = await planAndApply(
      target,
      [
        `{ source: ${source.host}/app, target: ${target.host}/app, tags: [{ from: v1, to: [v1, a, b, c, d, e] }, v2] }`,
        `{ source: ${source.host}/app, target: ${target.host}/copy, tags: [v1] }`,
      ],
      [source.host, target.host],
    );
    assert.ok(sizes.arrived > 330_000 && sizes.arrived < 360_000, String(sizes.arrived));
    assert.equal(sizes.planned, sizes.arrived);
    assert.equal(sizes.reported, sizes.arrived);

    assert.equal(sizes.each.filter((bytes: number) => bytes > 0).length, 2);
    assert.match(sizes.text, /at most 3[234]\d\.\d KiB to move/);
  });

  it("are none for a promotion inside one registry, which mounts the blobs", async () => {
    const registry = await start();
    registry.putImage("staging/app", "v1", first);
    const sizes = await planAndApply(
      registry,
      [`{ source: ${registry.host}/staging/app, target: ${registry.host}/prod/app, tags: [v1] }`],
      [registry.host],
    );
    assert.deepEqual([sizes.planned, sizes.arrived, sizes.reported], [0, 0, 0]);
    assert.match(sizes.text, /no blobs to move/);
  });

  it("count for each of two target hosts", async () => {
    const [source, one, other] = [await start(), await start(), await start()];
    source.putImage("app", "v1", first);
    const sizes = await planAndApply(
      one,
      [`{ source: ${source.host}/app, target: [${one.host}/app, ${other.host}/app], tags: [v1] }`],
      [source.host, one.host, other.host],
    );
    assert.equal(sizes.planned, blobBytesAt(one) + blobBytesAt(other));
    assert.equal(blobBytesAt(one), blobBytesAt(other));
    assert.equal(sizes.reported, sizes.planned);
  });

  it("do not count what a blocked tag would have brought, so that the next one does", async () => {
    const [source, target] = [await start(), await start()];
    source.putImage("app", "v1", first);
    target.putImage("app", "fixed", second);
    const folder = await makeFolder({
      "images.yaml": [
        "version: 1",
        `registries: { "${source.host}": { plainHttp: true }, "${target.host}": { plainHttp: true } }`,
        `immutable: [{ repositories: "${target.host}/**", tags: fixed }]`,
        `images: [{ source: "${source.host}/app", target: "${target.host}/app", tags: [{ from: v1, to: [fixed, v1] }] }]`,
        "",
      ].join("\n"),
    });
    onEnd(folder.remove);
    const { stdout } = await runCli(["plan", "--format", "json"], { cwd: folder.path });
    const { changes } = JSON.parse(stdout);
    assert.deepEqual(
      changes.map(({ action }: { action: string }) => action),
      ["blocked", "create"],
    );
    assert.ok(changes[1].transferBytes > 320_000);
    assert.equal(changes[1].transferBytes, changes[1].bytes);
  });
});
