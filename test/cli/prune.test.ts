import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { type CliResult, makeFolder, runCli } from "../support/cli.ts";
import type { RegistryOptions } from "../support/embedded-registry/options.ts";
import type { EmbeddedRegistry } from "../support/embedded-registry/registry.ts";
import { isWrite } from "../support/embedded-registry/transcript.ts";
import { smallImage, twoPlatformIndex } from "../support/images.ts";
import { createScope } from "../support/scope.ts";

const { registry: start, onEnd } = createScope();

type World = {
  readonly source: EmbeddedRegistry;
  readonly target: EmbeddedRegistry;
  readonly run: (...args: readonly string[]) => Promise<CliResult>;
  readonly mapping: (rest: string) => Promise<void>;
  readonly tags: () => readonly string[];
};

const NEWEST = "tags: [{ semver: '*', latest: 1 }], prune: true";

/** 1.0.0, 1.1.0 and 1.2.0 at the source; the first two and `mine` at the target. */
async function world(options: RegistryOptions = {}): Promise<World> {
  const source = await start();
  const target = await start(options);
  const folder = await makeFolder();
  onEnd(folder.remove);
  for (const [at, tag] of ["1.0.0", "1.1.0", "1.2.0"].entries()) source.putImage("app", tag, smallImage(at + 1));
  for (const [at, tag] of ["1.0.0", "1.1.0", "mine"].entries()) target.putImage("app", tag, smallImage(at + 1));
  const hosts = `registries:\n  ${source.host}: { plainHttp: true }\n  ${target.host}: { plainHttp: true }\n`;
  const mapping = (rest: string): Promise<void> =>
    folder.write(
      "images.yaml",
      `version: 1\n${hosts}images:\n  - { source: ${source.host}/app, target: ${target.host}/app, ${rest} }\n`,
    );
  await mapping(NEWEST);
  return {
    source,
    target,
    mapping,
    run: (...args) => runCli(args, { cwd: folder.path }),
    tags: () => [...target.store.tags("app").keys()].toSorted(),
  };
}

const deletes = ({ target }: World): readonly string[] =>
  target.log.filter(({ method }) => method === "DELETE").map(({ reference = "" }) => reference);

describe("prune: true", () => {
  it("shows deletes as a separate action in text, Markdown and JSON, and in the exit code", async () => {
    const { run } = await world();
    const text = await run("plan", "--detailed-exitcode");
    assert.equal(text.code, 2, text.stderr);
    assert.match(text.stdout, /^ *delete +1\.0\.0 +was sha256:/m);
    assert.match(text.stdout, /plan: 1 to create, 2 to delete/);
    assert.match((await run("plan", "--format", "markdown")).stdout, /#### Delete 2 tags at /);
    const document = JSON.parse((await run("plan", "--format", "json")).stdout);
    assert.equal(document.summary.delete, 2);
  });

  it("deletes by tag after the copies, and keeps a tag that it does not own", async () => {
    const at = await world();
    const { code, stdout, stderr } = await at.run("apply", "--yes");
    assert.equal(code, 0, stderr + stdout);
    assert.deepEqual(at.tags(), ["1.2.0", "mine"]);
    assert.deepEqual(deletes(at), ["1.0.0", "1.1.0"]);
    const writes = at.target.log.filter(isWrite).map(({ method }) => method);
    assert.equal(writes.slice(-2).join(" "), "DELETE DELETE");
    assert.match(stdout + stderr, /deleted, was sha256:/);
    assert.match((await at.run("apply", "--yes")).stdout, /Nothing to do/);
  });

  it("deletes nothing when a copy fails", async () => {
    const at = await world({
      onRequest: ({ method, kind }) =>
        method === "PUT" && kind === "manifest" ? { kind: "answer", status: 400 } : undefined,
    });
    const applied = await at.run("apply", "--yes");
    assert.equal(applied.code, 1, applied.stdout + applied.stderr);
    assert.deepEqual(deletes(at), []);
    assert.match(applied.stdout + applied.stderr, /deletes skipped: some other changes did not succeed/);
  });

  it("applies a saved plan, except for a tag that moved since, which is stale", async () => {
    const at = await world();
    await at.run("plan", "--out", "plan.json");
    at.target.putImage("app", "1.0.0", smallImage(9));
    const applied = await at.run("apply", "plan.json", "--yes");
    assert.equal(applied.code, 4, applied.stdout + applied.stderr);
    assert.deepEqual(at.tags(), ["1.0.0", "1.2.0", "mine"]);
    assert.match(applied.stdout + applied.stderr, /TAG_STALE/);
  });

  it("counts as done a tag that another client deleted meanwhile", async () => {
    const at = await world();
    await at.run("plan", "--out", "plan.json");
    at.target.store.deleteTag("app", "1.0.0");
    assert.equal((await at.run("apply", "plan.json", "--yes")).code, 0);
    assert.deepEqual(deletes(at), ["1.1.0"]);
  });

  it("deletes nothing with --only", async () => {
    const at = await world();
    assert.equal((await at.run("apply", "--yes", "--only", `${at.target.host}/app:*`)).code, 0);
    assert.deepEqual(at.tags(), ["1.0.0", "1.1.0", "1.2.0", "mine"]);
  });

  it("shows the delete in explain", async () => {
    const at = await world();
    const { stdout } = await at.run("explain", `${at.target.host}/app:1.0.0`);
    assert.match(stdout, /plan {4}delete, was sha256:/);
  });

  it("keeps a tag that the registry keeps immutable, and exits 3", async () => {
    const at = await world({ immutable: { product: "harbor", repositories: ["app"] } });
    const { code, stdout, stderr } = await at.run("apply", "--yes");
    assert.equal(code, 3, stdout + stderr);
    assert.deepEqual(at.tags(), ["1.0.0", "1.1.0", "1.2.0", "mine"]);
  });
});

describe("prune: true at a registry that only deletes by digest", () => {
  it("deletes an image when all its tags are orphaned", async () => {
    const at = await world({ deletes: "by-digest" });
    at.target.putImage("app", "1.0.1", smallImage(1));
    const { code, stdout, stderr } = await at.run("apply", "--yes");
    assert.equal(code, 0, stdout + stderr);
    assert.deepEqual(at.tags(), ["1.2.0", "mine"]);
    assert.deepEqual(deletes(at), ["1.0.0", smallImage(1).digest, smallImage(2).digest]);
  });

  it("blocks a tag that shares its digest with one that stays, even with one added since the plan", async () => {
    const at = await world({ deletes: "by-digest" });
    at.target.putImage("app", "other", smallImage(2));
    await at.run("plan", "--out", "plan.json");
    at.target.putImage("app", "since", smallImage(1));
    const { code, stdout, stderr } = await at.run("apply", "plan.json", "--yes");
    assert.equal(code, 3, stdout + stderr);
    assert.deepEqual(at.tags(), ["1.0.0", "1.1.0", "1.2.0", "mine", "other", "since"]);
    assert.match(stdout + stderr, /1\.0\.0.*\n?.*shares its digest with since/);
    assert.match(stdout + stderr, /1\.1\.0.*\n?.*shares its digest with other/);
  });

  it("never deletes a platform of an index that stays", async () => {
    const at = await world({ deletes: "by-digest" });
    const index = twoPlatformIndex(5);
    const [child] = index.children;
    assert.ok(child);
    at.target.putImage("app", "mine", index);
    at.target.putImage("app", "1.0.0", child);
    const { code, stdout, stderr } = await at.run("apply", "--yes");
    assert.equal(code, 3, stdout + stderr);
    assert.match(stdout + stderr, /part of the index under mine/);
    assert.deepEqual(at.tags(), ["1.0.0", "1.2.0", "mine"]);
  });

  it("reports a registry that does not support deletes", async () => {
    const at = await world({ deletes: false });
    const { code, stdout, stderr } = await at.run("apply", "--yes");
    assert.equal(code, 4);
    assert.match(stdout + stderr, /deletes neither tags nor images/);
    assert.deepEqual(at.tags(), ["1.0.0", "1.1.0", "1.2.0", "mine"]);
  });
});
