import assert from "node:assert/strict";
import { mkdir, readdir, readFile, rename, rm, symlink, utimes, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, it } from "node:test";
import { type CliResult, makeFolder, runCli } from "../../support/cli.ts";
import type { EmbeddedRegistry } from "../../support/embedded-registry/registry.ts";
import { artifact, smallImage, type TestImage, twoPlatformIndex } from "../../support/images.ts";
import { createScope } from "../../support/scope.ts";

const { registry: start, onEnd } = createScope();

type World = {
  readonly source: EmbeddedRegistry;
  readonly target: EmbeddedRegistry;
  readonly folder: string;
  readonly run: (...args: readonly string[]) => Promise<CliResult>;
  /** Replaces images.yaml with one that has these entries. */
  readonly declare: (entries: readonly string[], top?: string) => Promise<void>;
};

async function world(): Promise<World> {
  const [source, target] = [await start(), await start()];
  const folder = await makeFolder();
  onEnd(folder.remove);
  const hosts = `registries:\n  ${source.host}: { plainHttp: true }\n  ${target.host}: { plainHttp: true }\n`;
  return {
    source,
    target,
    folder: folder.path,
    run: (...args) => runCli(args, { cwd: folder.path }),
    declare: (entries, top = "") =>
      folder.write(
        "images.yaml",
        `version: 1\n${hosts}${top}images:\n${entries.map((entry) => `  - ${entry}\n`).join("")}`,
      ),
  };
}

function assertCode({ code, stdout, stderr }: CliResult, wanted: number): void {
  assert.equal(code, wanted, stdout + stderr);
}

type Index = {
  readonly manifests: readonly { readonly digest: string; readonly annotations?: Record<string, string> }[];
};

async function readIndex(layout: string): Promise<Index> {
  return JSON.parse(await readFile(join(layout, "index.json"), "utf8"));
}

async function tagsIn(layout: string): Promise<ReadonlyMap<string, string>> {
  const { manifests } = await readIndex(layout);
  return new Map(
    manifests.flatMap(({ digest, annotations }) => {
      const name = annotations?.["org.opencontainers.image.ref.name"];
      return name === undefined ? [] : [[name, digest] as const];
    }),
  );
}

function blobPath(layout: string, digest: string): string {
  return join(layout, "blobs", ...digest.split(":"));
}

async function assertInLayout(layout: string, image: TestImage): Promise<void> {
  assert.deepEqual(await readFile(blobPath(layout, image.digest)), Buffer.from(image.bytes));
  for (const { descriptor, bytes } of image.blobs)
    assert.deepEqual(await readFile(blobPath(layout, descriptor.digest)), Buffer.from(bytes));
  for (const child of image.children) await assertInLayout(layout, child);
}

describe("oci:FOLDER in images.yaml", () => {
  it("copies an index with its referrers from a registry and to another registry, byte for byte", async () => {
    const { source, target, folder, run, declare } = await world();
    const index = twoPlatformIndex(1, { attestations: true });
    const sbom = artifact(index, { artifactType: "application/spdx+json", content: "sbom" });
    const signed = artifact(sbom, { artifactType: "application/vnd.test.signature", content: "signature" });
    source.putImage("app", "v1", index);
    source.putImage("app", undefined, sbom);
    source.putImage("app", undefined, signed);
    const layout = join(folder, "mirror/app");
    await declare([`{ source: ${source.host}/app, target: "oci:./mirror/app", tags: [v1] }`]);
    assert.match((await run("plan")).stdout, /^oci:mirror\/app\n +create +v1 /m);
    assertCode(await run("apply", "--yes"), 0);
    for (const image of [index, sbom, signed]) await assertInLayout(layout, image);
    assert.deepEqual([...(await tagsIn(layout))], [["v1", index.digest]]);
    assert.match((await run("apply", "--yes")).stdout, /Nothing to do/);

    await declare([`{ source: "oci:mirror/app", target: ${target.host}/app, tags: [v1] }`]);
    assertCode(await run("apply", "--yes", "--verify"), 0);
    for (const image of [index, sbom, signed])
      assert.equal(Buffer.compare(target.store.getManifest("app", image.digest)?.bytes ?? Buffer.of(), image.bytes), 0);
    assert.equal(target.store.tags("app").get("v1"), index.digest);
    assert.match((await run("apply", "--yes")).stdout, /Nothing to do/);
  });

  it("reads each blob once for a registry and two layouts", async () => {
    const { source, target, folder, run, declare } = await world();
    const image = smallImage(1);
    source.putImage("app", "v1", image);
    await declare([`{ source: ${source.host}/app, target: ["oci:one", ${target.host}/app, "oci:two"], tags: [v1] }`]);
    assertCode(await run("apply", "--yes"), 0);
    assert.equal(source.countRequests({ kind: "blob" }), image.blobs.length);
    for (const layout of ["one", "two"]) await assertInLayout(join(folder, layout), image);
  });

  it("loses no tag when two runs with many changes write the same index at the same time", async () => {
    const { source, folder, run, declare } = await world();
    const tags = Array.from({ length: 30 }, (_, at) => `v${at}`);
    for (const [at, tag] of tags.entries()) source.putImage("app", tag, smallImage(at));
    await declare([`{ source: ${source.host}/app, target: "oci:mirror", tags: [{ glob: "*" }] }`]);
    const runs = await Promise.all([
      run("apply", "--yes", "--only", "oci:mirror:v?"),
      run("apply", "--yes", "--only", "oci:mirror:v??"),
    ]);
    for (const one of runs) assertCode(one, 0);
    assert.deepEqual([...(await tagsIn(join(folder, "mirror"))).keys()].sort(), tags.toSorted());
    const left = (await readdir(join(folder, "mirror"))).sort();
    assert.deepEqual(left, ["blobs", "index.json", "oci-layout"]);
  });

  it("takes over the lock that a killed run left behind", async () => {
    const { source, folder, run, declare } = await world();
    const layout = join(folder, "mirror");
    for (const [at, tag] of ["v1", "v2"].entries()) source.putImage("app", tag, smallImage(at));
    await declare([`{ source: ${source.host}/app, target: "oci:mirror", tags: [v1] }`]);
    assertCode(await run("apply", "--yes"), 0);
    const lock = join(layout, "index.json.lock");
    await writeFile(lock, "");
    await utimes(lock, new Date(0), new Date(0));
    await declare([`{ source: ${source.host}/app, target: "oci:mirror", tags: [v1, v2] }`]);
    assertCode(await run("apply", "--yes"), 0);
    assert.deepEqual([...(await tagsIn(layout)).keys()], ["v1", "v2"]);
    assert.ok(!(await readdir(layout)).includes("index.json.lock"));
  });

  it("updates, backs up, blocks and deletes tags like a registry", async () => {
    const { source, folder, run, declare } = await world();
    const layout = join(folder, "mirror");
    const [old, fresh] = [smallImage(1), smallImage(2)];
    source.putImage("app", "1.0.0", old);
    const entry = (rest: string): string => `{ source: ${source.host}/app, target: "oci:mirror", ${rest} }`;
    await declare([entry('tags: [{ semver: "*" }], backup: "{tag}-before-{digest:8}"')]);
    assertCode(await run("apply", "--yes"), 0);
    source.putImage("app", "1.0.0", fresh);
    assertCode(await run("apply", "--yes"), 0);
    const kept = `1.0.0-before-${old.digest.slice(7, 15)}`;
    assert.deepEqual(Object.fromEntries(await tagsIn(layout)), { "1.0.0": fresh.digest, [kept]: old.digest });

    source.putImage("app", "1.0.0", old);
    const rule = 'immutable: [{ repositories: "oci:mirror" }]\n';
    await declare([entry('tags: [{ semver: "*" }]')], rule);
    assertCode(await run("apply", "--yes"), 3);
    assert.equal((await tagsIn(layout)).get("1.0.0"), fresh.digest);

    source.putImage("app", "1.1.0", fresh);
    await declare([entry('tags: [{ semver: "*", latest: 1 }], prune: true')]);
    assertCode(await run("apply", "--yes"), 0);
    assert.deepEqual([...(await tagsIn(layout)).keys()].sort(), [kept, "1.1.0"].sort());
  });

  it("can be planned, saved, applied, listed, locked and explained", async () => {
    const { source, folder, run, declare } = await world();
    source.putImage("app", "v1", smallImage(1));
    await declare([`{ source: ${source.host}/app, target: "oci:mirror", tags: [v1] }`]);
    for (const format of ["markdown", "html", "json", "shell"])
      assert.match((await run("plan", "--format", format)).stdout, /oci:mirror/, format);
    assertCode(await run("plan", "--out", "plan.json"), 0);
    assertCode(await run("apply", "plan.json", "--yes"), 0);
    assert.match((await run("list", "oci:mirror")).stdout, /\bv1\b.*2024-01-01/);
    await declare([`{ source: "oci:mirror", target: "oci:copy", tags: [v1, { glob: "v*" }], minAge: 1h }`]);
    assertCode(await run("lock"), 0);
    assert.match(await readFile(join(folder, "images.lock.yaml"), "utf8"), /source: "oci:mirror"/);
    assertCode(await run("apply", "--yes"), 0);
    assert.match((await run("explain", "oci:copy:v1")).stdout, /oci:mirror/);
    assertCode(await run("explain", "oci:copy:v1"), 0);
  });

  it("restores the missing content of a tag with --repair", async () => {
    const { source, folder, run, declare } = await world();
    const image = smallImage(1);
    source.putImage("app", "v1", image);
    await declare([`{ source: ${source.host}/app, target: "oci:mirror", tags: [v1] }`]);
    assertCode(await run("apply", "--yes"), 0);
    const layout = join(folder, "mirror");
    await rm(blobPath(layout, image.blobs[0]?.descriptor.digest ?? ""));
    await rm(blobPath(layout, image.digest));
    assertCode(await run("apply", "--yes", "--repair", "--verify"), 0);
    await assertInLayout(layout, image);
  });

  it("is refused by validate for everything that it does not support", async () => {
    const { run, declare } = await world();
    const digest = `sha256:${"0".repeat(64)}`;
    await declare([
      '{ source: "docker-daemon:app", target: "oci:mirror:v1" }',
      '{ source: "oci:mirror:v1", target: "registry.example.com/app", engine: docker }',
      `{ source: "oci:mirror:v1", target: "oci:other@${digest}" }`,
      '{ source: "oci:", target: "registry.example.com/c:v1" }',
    ]);
    const { code, stderr } = await run("validate");
    assert.equal(code, 1);
    assert.equal(stderr.match(/docker cannot read or write an OCI layout/g)?.length, 2, stderr);
    assert.match(stderr, /a target cannot have a digest/);
    assert.match(stderr, /"oci:" names no folder/);
  });

  it("is refused by pull", async () => {
    const { source, run, declare } = await world();
    source.putImage("app", "v1", smallImage(1));
    await declare([`{ source: ${source.host}/app, target: "oci:mirror", tags: [v1] }`]);
    const { code, stdout, stderr } = await run("pull", "--print");
    assert.equal(code, 1, stdout + stderr);
    assert.match(stdout + stderr, /a container runtime cannot pull/);
  });
});

describe("an untrusted OCI layout", () => {
  it("is not written outside the manifest's folder, unless that is allowed", async () => {
    const { source, folder, run, declare } = await world();
    const outside = await makeFolder();
    onEnd(outside.remove);
    source.putImage("app", "v1", smallImage(1));
    await symlink(outside.path, join(folder, "link"));
    for (const place of [outside.path, "link/app", "../elsewhere"]) {
      await declare([`{ source: ${source.host}/app, target: "oci:${place}", tags: [v1] }`]);
      const refused = await run("apply", "--yes");
      assertCode(refused, 1);
      assert.match(refused.stdout + refused.stderr, /is not in the manifest's folder/);
    }
    assert.deepEqual(await readdir(outside.path), []);
    await declare([`{ source: ${source.host}/app, target: "oci:link/app", tags: [v1] }`]);
    assertCode(await run("apply", "--yes", "--allow-files", outside.path), 0);
    assert.deepEqual([...(await tagsIn(join(outside.path, "app"))).keys()], ["v1"]);
  });

  it("is not created in a folder that has other files", async () => {
    const { source, folder, run, declare } = await world();
    source.putImage("app", "v1", smallImage(1));
    await mkdir(join(folder, "src"));
    await writeFile(join(folder, "src/index.json"), "{}");
    await declare([`{ source: ${source.host}/app, target: "oci:src", tags: [v1] }`]);
    const refused = await run("apply", "--yes");
    assertCode(refused, 1);
    assert.match(refused.stdout + refused.stderr, /has other files but no oci-layout/);
    assert.deepEqual(await readdir(join(folder, "src")), ["index.json"]);
  });

  it("is refused when a part of it is a link or its bytes do not match their digest", async () => {
    const { source, target, folder, run, declare } = await world();
    const image = smallImage(1);
    const layout = join(folder, "mirror");
    source.putImage("app", "v1", image);
    await declare([`{ source: ${source.host}/app, target: "oci:mirror", tags: [v1] }`]);
    assertCode(await run("apply", "--yes"), 0);
    await declare([`{ source: "oci:mirror", target: ${target.host}/app, tags: [v1] }`]);
    const assertRefused = async (words: RegExp): Promise<void> => {
      const { code, stdout, stderr } = await run("apply", "--yes");
      assert.equal(code, 1, stdout + stderr);
      assert.match(stdout + stderr, words);
      assert.equal(target.store.tags("app").get("v1"), undefined);
    };
    const blob = image.blobs.at(-1);
    assert.ok(blob !== undefined);
    const path = blobPath(layout, blob.descriptor.digest);
    const wrong = Buffer.from(blob.bytes);
    wrong[0] = (wrong[0] ?? 0) ^ 1;
    await writeFile(path, wrong);
    await assertRefused(/other content than its digest says/);
    await rm(path);
    await writeFile(join(folder, "secret"), blob.bytes);
    await symlink(join(folder, "secret"), path);
    await assertRefused(/is not a plain file/);
    await rename(join(layout, "blobs"), join(folder, "blobs"));
    await symlink(join(folder, "blobs"), join(layout, "blobs"));
    await assertRefused(/is not a plain folder/);
    await rename(join(layout, "index.json"), join(folder, "index.json"));
    await symlink(join(folder, "index.json"), join(layout, "index.json"));
    await assertRefused(/"index.json" is a symbolic link/);
  });

  it("is read by the names that containerd and crane write, unless one name has two images", async () => {
    const { source, target, folder, run, declare } = await world();
    const [one, other] = [smallImage(1), smallImage(2)];
    source.putImage("app", "v1", one);
    source.putImage("app", "v2", other);
    const layout = join(folder, "mirror");
    await declare([`{ source: ${source.host}/app, target: "oci:mirror", tags: [v1, v2] }`]);
    assertCode(await run("apply", "--yes"), 0);
    const written = await readFile(join(layout, "index.json"), "utf8");
    const renameTags = (names: Readonly<Record<string, string>>): Promise<void> =>
      writeFile(
        join(layout, "index.json"),
        written.replaceAll(/"(v[12])"/g, (_, tag: string) => JSON.stringify(names[tag])),
      );
    await declare([`{ source: "oci:mirror", target: ${target.host}/app, tags: [v1] }`]);
    await renameTags({ v1: "docker.io/library/app:v1", v2: "docker.io/library/other:v1" });
    const unclear = await run("apply", "--yes");
    assertCode(unclear, 1);
    assert.match(unclear.stdout + unclear.stderr, /different images under the name "v1"/);
    await renameTags({ v1: "docker.io/library/app:v1", v2: "localhost:5000/other:v2" });
    assertCode(await run("apply", "--yes"), 0);
    assert.equal(target.store.tags("app").get("v1"), one.digest);
  });
});
