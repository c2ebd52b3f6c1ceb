import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { type CliResult, makeFolder, runCli } from "../support/cli.ts";
import type { EmbeddedRegistry } from "../support/embedded-registry/registry.ts";
import { isWrite } from "../support/embedded-registry/transcript.ts";
import { referrersTag, smallImage, type TestImage, twoPlatformIndex } from "../support/images.ts";
import { createScope } from "../support/scope.ts";

const { registry: start, onEnd } = createScope();

type World = {
  readonly source: EmbeddedRegistry;
  readonly target: EmbeddedRegistry;
  readonly run: (...args: readonly string[]) => Promise<CliResult>;
  readonly write: (name: string, text: string) => Promise<void>;
};

/** A manifest that keeps these images without a tag. */
async function world(images: readonly TestImage[], more = ""): Promise<World> {
  const [source, target] = [await start(), await start()];
  for (const one of images) source.putImage("app", undefined, one);
  const hosts = [source, target].map(({ host }) => `  ${host}: { plainHttp: true }\n`).join("");
  const entries = images.map(
    ({ digest }) => `  - { source: "${source.host}/app@${digest}", target: ${target.host}/kept }\n`,
  );
  const folder = await makeFolder({
    "images.yaml": `version: 1\nregistries:\n${hosts}${more}images:\n${entries.join("")}`,
  });
  onEnd(folder.remove);
  return { source, target, run: (...args) => runCli(args, { cwd: folder.path }), write: folder.write };
}

describe("an image without a tag", () => {
  it("is copied by its digest, and needs one HEAD and no write once it is there", async () => {
    const index = twoPlatformIndex(1);
    const { target, run } = await world([index, smallImage(7)]);
    const planned = await run("plan");
    assert.equal(planned.code, 0, planned.stderr);
    assert.match(planned.stdout, /create\s+sha256:[0-9a-f]{12}/);
    assert.match(planned.stdout, /2 to create/);
    const applied = await run("apply", "--yes");
    assert.equal(applied.code, 0, applied.stderr);
    assert.equal(target.store.tags("kept").size, 0);
    assert.ok(target.store.getManifest("kept", index.digest));
    target.clearLog();
    const again = await run("apply", "--yes");
    assert.equal(again.code, 0, again.stderr);
    assert.equal(target.log.filter(isWrite).length, 0);
    assert.equal(target.countRequests({ method: "HEAD" }), 2);
  });

  it("is copied with its signature, also one that is created later", async () => {
    const signed = smallImage(3);
    const { source, target, run } = await world([signed]);
    assert.equal((await run("apply", "--yes")).code, 0);
    source.putImage("app", referrersTag(signed, ".sig"), smallImage(9));
    const { code, stdout, stderr } = await run("apply", "--yes");
    assert.equal(code, 0, stdout + stderr);
    assert.match(stdout, /^apply: 1 applied/m);
    assert.deepEqual([...target.store.tags("kept").keys()], [referrersTag(signed, ".sig")]);
  });

  it("is not covered by immutable rules, because its content cannot change", async () => {
    const { target, run } = await world([smallImage(1)], 'immutable: [{ repositories: "**" }]\n');
    const { code, stderr } = await run("apply", "--yes");
    assert.equal(code, 0, stderr);
    assert.equal(target.countRequests({ method: "PUT", kind: "manifest" }), 1);
  });

  it("can be applied from a saved plan, and pulled by its digest", async () => {
    const kept = smallImage(1);
    const { target, run } = await world([kept]);
    assert.equal((await run("plan", "--out", "plan.json", "--format", "json")).code, 0);
    const { code, stderr } = await run("apply", "plan.json", "--yes");
    assert.equal(code, 0, stderr);
    assert.ok(target.store.getManifest("kept", kept.digest));
    const script = await run("pull", "--print");
    assert.equal(script.code, 0, script.stderr);
    assert.ok(script.stdout.includes(`${target.host}/kept@${kept.digest}`), script.stdout);
  });

  it("is an error when the source does not have it", async () => {
    const { source, target, run } = await world([smallImage(1)]);
    source.store.deleteManifest("app", smallImage(1).digest);
    const { code, stdout, stderr } = await run("plan");
    assert.equal(code, 1);
    assert.match(stdout + stderr, /SOURCE_NOT_FOUND/);
    assert.equal(target.log.filter(isWrite).length, 0);
  });

  it("is never taken for another image that a target sends for its digest", async () => {
    const kept = smallImage(1);
    const liar = await start({
      onRequest: ({ method, kind }) =>
        method === "HEAD" && kind === "manifest"
          ? { kind: "rewrite", status: 200, headers: { "docker-content-digest": smallImage(2).digest } }
          : undefined,
    });
    const { run, write, source } = await world([kept]);
    await write(
      "images.yaml",
      `version: 1\nregistries: { "${source.host}": { plainHttp: true }, "${liar.host}": { plainHttp: true } }\nimages:\n  - { source: "${source.host}/app@${kept.digest}", target: ${liar.host}/kept }\n`,
    );
    const { code, stdout, stderr } = await run("apply", "--yes");
    assert.equal(code, 1);
    assert.match(stdout + stderr, /CONTENT_MISMATCH/);
    assert.equal(liar.log.filter(isWrite).length, 0);
  });

  it("is shown with @ in every format", async () => {
    const kept = smallImage(1);
    const { target, run } = await world([kept]);
    const name = `kept@${kept.digest}`;
    assert.ok((await run("plan", "--format", "markdown")).stdout.includes(name));
    assert.match((await run("plan", "--format", "shell")).stdout, /docker cannot push an image without a tag/);
    assert.equal(
      JSON.parse((await run("plan", "--format", "json")).stdout).changes[0].target,
      `${target.host}/${name}`,
    );
    assert.ok((await run("plan", "--format", "html")).stdout.includes(kept.digest));
  });
});
