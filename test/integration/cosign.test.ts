import assert from "node:assert/strict";
import { dirname } from "node:path";
import { describe, it, type TestContext } from "node:test";
import { type CliResult, makeFolder, runCli } from "../support/cli.ts";
import { type Cosign, createCosign } from "../support/cosign.ts";
import { startDockerRegistry } from "../support/docker-registry.ts";
import { smallImage, type TestImage, twoPlatformIndex } from "../support/images.ts";
import { findProgram, requirePrograms } from "../support/programs.ts";
import { pushImage } from "../support/push-image.ts";
import { createScope } from "../support/scope.ts";

const { onEnd } = createScope();

type Signed = {
  readonly source: string;
  readonly target: string;
  readonly cosign: Cosign;
  readonly push: (tag: string, image: TestImage) => Promise<unknown>;
  readonly run: (...args: readonly string[]) => Promise<CliResult>;
  readonly mapping: (settings: string) => Promise<void>;
};

/** Starts two real docker-registries and creates a key. */
async function signed(): Promise<Signed> {
  const [source, target] = [await startDockerRegistry(), await startDockerRegistry()];
  onEnd(source.stop);
  onEnd(target.stop);
  const folder = await makeFolder();
  onEnd(folder.remove);
  // `verify` runs the cosign of the tests, kept off the internet
  const PATH = `${dirname(findProgram("cosign") ?? "")}:${process.env["PATH"] ?? ""}`;
  const hosts = `registries:\n  ${source.host}: { plainHttp: true }\n  ${target.host}: { plainHttp: true }\n`;
  return {
    source: `${source.host}/team/app`,
    target: `${target.host}/mirror/app`,
    cosign: await createCosign(folder.path),
    push: (tag, image) => pushImage(source.host, "team/app", tag, image),
    run: (...args) => runCli(args, { cwd: folder.path, environment: { PATH, HTTPS_PROXY: "http://127.0.0.1:9" } }),
    mapping: (settings) =>
      folder.write(
        "images.yaml",
        `version: 1\n${hosts}images:\n  - { source: "${source.host}/team/app", target: "${target.host}/mirror/app", ${settings} }\n`,
      ),
  };
}

function ready(t: TestContext): boolean {
  return requirePrograms(t, "docker-registry", "cosign");
}

describe("cosign", () => {
  for (const newFormat of [false, true])
    it(`verifies signatures in another repository at the target, ${newFormat ? "as bundles" : "in digest tags"}`, async (t) => {
      if (!ready(t)) return;
      const { source, target, cosign, push, run, mapping } = await signed();
      const image = smallImage(1);
      await push("v1", image);
      const [from, to] = [source, target].map((name) => name.replace(/\/(?:team|mirror)\/app$/, "/kept/signatures"));
      assert.ok(from !== undefined && to !== undefined);
      await cosign.sign(`${source}@${image.digest}`, { newFormat, repository: from });
      const places = `referrers: { source: "${from}", target: "${to}" }`;
      await mapping(`tags: [v1], ${places}, verify: { key: cosign.pub, tlog: false }`);
      const result = await run("apply", "--yes");
      assert.equal(result.code, 0, result.stdout + result.stderr);
      const there = await cosign.verify(`${target}@${image.digest}`, { newFormat, repository: to });
      assert.ok(there.ok, there.text);
      assert.ok(!(await cosign.verify(`${target}@${image.digest}`, { newFormat })).ok);
      assert.match((await run("plan")).stdout, /No changes/);
      // without the repository, the image counts as unsigned
      await mapping("tags: [{ from: v1, to: v2 }], verify: { key: cosign.pub, tlog: false }");
      assert.match((await run("plan")).stdout, /SIGNATURE_INVALID/);
    });

  it("verifies at the target an index and each of its platforms, which it signed at the source", async (t) => {
    if (!ready(t)) return;
    const { source, target, cosign, push, run, mapping } = await signed();
    const index = twoPlatformIndex(1);
    await push("v1", index);
    await cosign.sign(`${source}@${index.digest}`, { recursive: true });
    await mapping("tags: [v1]");
    const result = await run("apply", "--yes");
    assert.equal(result.code, 0, result.stdout + result.stderr);
    for (const { digest } of [index, ...index.children]) {
      const { ok, text } = await cosign.verify(`${target}@${digest}`);
      assert.ok(ok, text);
      assert.match(text, new RegExp(digest));
    }
    assert.equal((await run("plan", "--detailed-exitcode")).code, 0);
  });

  it("verifies an image that was signed after a sync, once it is synced again", async (t) => {
    if (!ready(t)) return;
    const { source, target, cosign, push, run, mapping } = await signed();
    const image = smallImage(1);
    await push("v1", image);
    await mapping("tags: [v1]");
    assert.equal((await run("apply", "--yes")).code, 0);
    assert.equal((await cosign.verify(`${target}:v1`)).ok, false);
    await cosign.sign(`${source}@${image.digest}`);
    const plan = await run("plan", "--detailed-exitcode", "--out", "plan.json");
    assert.equal(plan.code, 2);
    assert.match(plan.stdout, /attach +v1 .*1 signature to attach/);
    const applied = await run("apply", "plan.json", "--yes");
    assert.equal(applied.code, 0, applied.stdout + applied.stderr);
    const { ok, text } = await cosign.verify(`${target}:v1`);
    assert.ok(ok, text);
    assert.equal((await run("plan", "--detailed-exitcode")).code, 0);
  });

  it("verifies each platform of an index that was signed recursively after a sync", async (t) => {
    if (!ready(t)) return;
    const { source, target, cosign, push, run, mapping } = await signed();
    const index = twoPlatformIndex(1);
    await push("v1", index);
    await mapping("tags: [v1]");
    assert.equal((await run("apply", "--yes")).code, 0);
    await cosign.sign(`${source}@${index.digest}`, { recursive: true });
    const applied = await run("apply", "--yes");
    assert.equal(applied.code, 0, applied.stdout + applied.stderr);
    for (const { digest } of [index, ...index.children]) {
      const { ok, text } = await cosign.verify(`${target}@${digest}`);
      assert.ok(ok, text);
    }
    assert.equal((await run("plan", "--detailed-exitcode")).code, 0);
  });

  it("verifies a single platform that was signed after its index was synced", async (t) => {
    if (!ready(t)) return;
    const { source, target, cosign, push, run, mapping } = await signed();
    const index = twoPlatformIndex(1);
    const [child] = index.children;
    assert.ok(child);
    await push("v1", index);
    await mapping("tags: [v1]");
    assert.equal((await run("apply", "--yes")).code, 0);
    await cosign.sign(`${source}@${child.digest}`);
    const plan = await run("plan", "--detailed-exitcode");
    assert.equal(plan.code, 2, plan.stdout + plan.stderr);
    assert.match(plan.stdout, /attach +v1 .*1 signature to attach/);
    assert.equal((await run("apply", "--yes")).code, 0);
    const { ok, text } = await cosign.verify(`${target}@${child.digest}`);
    assert.ok(ok, text);
    assert.equal((await run("plan", "--detailed-exitcode")).code, 0);
  });

  it("verifies a second signature that was added after a sync", async (t) => {
    if (!ready(t)) return;
    const { source, target, cosign, push, run, mapping } = await signed();
    const [image, other] = [smallImage(1), await makeFolder()];
    onEnd(other.remove);
    const second = await createCosign(other.path);
    await push("v1", image);
    await cosign.sign(`${source}@${image.digest}`);
    await mapping("tags: [v1]");
    assert.equal((await run("apply", "--yes")).code, 0);
    await second.sign(`${source}@${image.digest}`);
    assert.equal((await second.verify(`${target}:v1`)).ok, false);
    assert.equal((await run("apply", "--yes")).code, 0);
    for (const each of [cosign, second]) assert.ok((await each.verify(`${target}:v1`)).ok);
  });
});
