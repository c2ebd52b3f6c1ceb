import assert from "node:assert/strict";
import { afterEach, describe, it, type TestContext } from "node:test";
import { on, PHASES } from "../support/cells.ts";
import { finished, makeFolder, runCli, startCli } from "../support/cli.ts";
import { type DockerRegistry, startDockerRegistry } from "../support/docker-registry.ts";
import { type Lab, openLab, runLab, withIndex, writeManifest } from "../support/fault-lab.ts";
import { fetchOnce } from "../support/http.ts";
import { smallImage } from "../support/images.ts";
import { assertTagsComplete } from "../support/invariants.ts";
import { requirePrograms } from "../support/programs.ts";
import { pushImage } from "../support/push-image.ts";

describe("a real docker-registry", () => {
  const ends: (() => Promise<void>)[] = [];
  afterEach(async () => {
    for (const end of ends.splice(0).toReversed()) await end();
  });

  const open = async (): Promise<{ registry: DockerRegistry; lab: Lab }> => {
    const registry = await startDockerRegistry();
    ends.push(registry.stop);
    const lab = await openLab({ ...registry, openHost: registry.host });
    ends.push(lab.stop);
    return { registry, lab };
  };

  it("has every tag after two concurrent runs, which both succeed", async (t: TestContext) => {
    if (!requirePrograms(t, "docker-registry")) return;
    const registry = await startDockerRegistry();
    ends.push(registry.stop);
    const { host } = registry;
    const images = Array.from({ length: 12 }, (_, at) => smallImage(at));
    for (const [at, image] of images.entries()) await pushImage(host, "src/app", `v${at}`, image);
    const folder = await makeFolder({
      "images.yaml": `version: 1\nregistries: { "${host}": { plainHttp: true } }\nimages:\n  - { source: "${host}/src/app", target: "${host}/dst/app", tags: [{ glob: "*" }] }\n`,
    });
    ends.push(folder.remove);
    const runs = [1, 2].map(() => finished(startCli(["apply", "--yes"], { cwd: folder.path })));
    for (const { code, stdout, stderr } of await Promise.all(runs)) assert.equal(code, 0, stdout + stderr);
    for (const [at, { digest, mediaType }] of images.entries()) {
      const url = `http://${host}/v2/dst/app/manifests/v${at}`;
      const { headers } = await fetchOnce(url, { method: "HEAD", headers: { accept: mediaType } });
      assert.equal(headers["docker-content-digest"], digest);
    }
    const after = await runCli(["plan", "--detailed-exitcode"], { cwd: folder.path });
    assert.equal(after.code, 0, after.stdout + after.stderr);
  });

  it("gets blobs again from the next run when they are collected before the tag is written", async (t: TestContext) => {
    if (!requirePrograms(t, "docker-registry")) return;
    const { registry, lab } = await open();
    lab.target.setFaults(on(PHASES.tagPut, { kind: "drop" })(lab));
    const first = await runLab(lab);
    assert.equal(first.report.results[0]?.result.outcome, "failed");
    const [layer] = lab.victim.image.blobs.slice(-1);
    const url = `http://${registry.host}/v2/${lab.victim.repository}/blobs/${layer?.descriptor.digest ?? ""}`;
    assert.equal((await fetchOnce(url, { method: "HEAD" })).status, 200, "the blob came");
    // source and target share this registry, and content that the source's manifest names is never garbage
    await fetchOnce(url, { method: "DELETE" });
    await registry.collectGarbage();
    lab.target.setFaults(undefined);
    const second = await runLab(lab);
    assert.equal(second.report.results[0]?.result.outcome, "applied");
    await assertTagsComplete(lab, { isPresent: true });
  });

  it("gets the collected platforms of an index back with --repair", async (t: TestContext) => {
    if (!requirePrograms(t, "docker-registry")) return;
    const opened = await open();
    // two registries, so that the source does not lose what the target loses
    const target = await startDockerRegistry();
    ends.push(target.stop);
    const lab = await withIndex(opened.lab);
    const text = writeManifest(lab).replaceAll(lab.target.host, target.host);
    const folder = await makeFolder({ "images.yaml": text });
    ends.push(folder.remove);
    const run = (...args: readonly string[]) => runCli(args, { cwd: folder.path });
    assert.equal((await run("apply", "--yes")).code, 0);
    const base = `http://${target.host}/v2/${lab.victim.repository}`;
    for (const { digest } of lab.victim.image.children)
      assert.equal((await fetchOnce(`${base}/manifests/${digest}`, { method: "DELETE" })).status, 202);
    await target.collectGarbage();
    const blobs = lab.victim.image.children.flatMap((child) => child.blobs);
    const statuses = async () =>
      Promise.all(blobs.map(async ({ descriptor }) => (await fetchOnce(`${base}/blobs/${descriptor.digest}`)).status));
    assert.deepEqual(new Set(await statuses()), new Set([404]), "the garbage collection took them");
    const repaired = await run("apply", "--yes", "--repair");
    assert.equal(repaired.code, 0, repaired.stdout + repaired.stderr);
    assert.match(repaired.stdout + repaired.stderr, /repaired \d+ blobs and 2 manifests/);
    assert.deepEqual(new Set(await statuses()), new Set([200]));
    const upstream = { host: target.host, openHost: target.host, stop: target.stop };
    await assertTagsComplete({ ...lab, upstream }, { isPresent: true });
  });
});
