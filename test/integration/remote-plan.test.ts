import assert from "node:assert/strict";
import { it } from "node:test";
import { makeFolder, runCli } from "../support/cli.ts";
import { startDockerRegistry } from "../support/docker-registry.ts";
import { smallImage } from "../support/images.ts";
import { requirePrograms } from "../support/programs.ts";
import { pushImage } from "../support/push-image.ts";
import { createScope } from "../support/scope.ts";
import { skopeoInspectRaw } from "../support/skopeo.ts";

const { onEnd } = createScope();

it("a docker-registry, which lists no referrers, keeps a plan and the reports of its shards", async (t) => {
  if (!requirePrograms(t, "docker-registry", "skopeo")) return;
  const { host, stop } = await startDockerRegistry();
  onEnd(stop);
  const entries = ["a", "b", "c"].map(
    (name) => `  - { source: "${host}/${name}:v1", target: "${host}/copy/${name}" }\n`,
  );
  for (const [seed, name] of ["a", "b", "c"].entries()) await pushImage(host, name, "v1", smallImage(seed));
  const folder = await makeFolder({
    "images.yaml": `version: 1\nregistries: { "${host}": { plainHttp: true } }\nimages:\n${entries.join("")}`,
  });
  onEnd(folder.remove);
  const run = (...args: readonly string[]) => runCli(args, { cwd: folder.path });
  const place = `oci://${host}/imgsync/plans:42`;
  const planned = await run("plan", "--shards", "3", "--out", place);
  assert.equal(planned.code, 0, planned.stderr);
  const manifest = JSON.parse(new TextDecoder().decode(await skopeoInspectRaw(`${host}/imgsync/plans:42`))) as {
    readonly artifactType: string;
  };
  assert.equal(manifest.artifactType, "application/vnd.imgsync.plan.v1+json");
  const shards = await Promise.all([1, 2, 3].map((number) => run("apply", place, "--shard", `${number}/3`, "--yes")));
  for (const { code, stderr } of shards) assert.equal(code, 0, stderr);
  const merged = await run("report", "merge", place, "--file", "images.yaml");
  assert.equal(merged.code, 0, merged.stderr + merged.stdout);
  assert.match(merged.stdout, /^apply: 3 applied, .*\n3 of 3 shards reported$/m);
});
