import assert from "node:assert/strict";
import { after, before, describe, it, type TestContext } from "node:test";
import { type CliResult, makeFolder, runCli } from "../support/cli.ts";
import { startDockerRegistry } from "../support/docker-registry.ts";
import { type Dockerd, startDockerd } from "../support/dockerd.ts";
import { digestOf } from "../../src/model/digest.ts";
import { image, twoPlatformIndex } from "../support/images.ts";
import { randomLayer } from "../support/layers.ts";
import { findProgram, type ProgramName, requirePrograms, requireRoot } from "../support/programs.ts";
import { pushImage } from "../support/push-image.ts";
import { createScope } from "../support/scope.ts";
import { skopeoInspectRaw } from "../support/skopeo.ts";

const { onEnd } = createScope();
const NEEDED: readonly ProgramName[] = ["containerd-store", "docker-registry", "skopeo"];

let daemon: Dockerd | undefined;
before(async () => {
  if (NEEDED.every((name) => findProgram(name) !== undefined) && process.getuid?.() === 0)
    daemon = await startDockerd({ store: "containerd" });
});
after(() => daemon?.stop());

function ready(t: TestContext): boolean {
  return requirePrograms(t, ...NEEDED) && requireRoot(t);
}

type Place = {
  readonly docker: Dockerd;
  readonly registry: string;
  readonly run: (...args: readonly string[]) => Promise<CliResult>;
  /** Writes images.yaml, with TARGET replaced by the registry's host. */
  readonly mapping: (text: string) => Promise<void>;
  readonly digestAt: (path: string) => Promise<string>;
};

async function place(): Promise<Place> {
  if (daemon === undefined) throw new Error("dockerd is not running");
  const registry = await startDockerRegistry();
  onEnd(registry.stop);
  const folder = await makeFolder();
  onEnd(folder.remove);
  const environment = { DOCKER_HOST: daemon.host, PATH: daemon.path, XDG_RUNTIME_DIR: folder.path };
  const { host } = registry;
  return {
    docker: daemon,
    registry: host,
    run: (...args) => runCli(args, { cwd: folder.path, environment }),
    mapping: (text) =>
      folder.write(
        "images.yaml",
        `version: 1\nregistries:\n  ${host}: { plainHttp: true }\nimages:\n${text.replaceAll("TARGET", host)}`,
      ),
    digestAt: async (path) => digestOf(await skopeoInspectRaw(`${host}/${path}`)),
  };
}

async function applyThenPlan({ run }: Place): Promise<void> {
  const applied = await run("apply", "--yes");
  assert.equal(applied.code, 0, applied.stderr + applied.stdout);
  const again = await run("plan", "--detailed-exitcode");
  assert.equal(again.code, 0, again.stderr + again.stdout);
  assert.match(again.stdout, /No changes/);
}

describe("docker with containerd's image store", () => {
  it("pushes a local image by name and by ID unchanged, and the next plan has nothing to do", async (t) => {
    if (!ready(t)) return;
    const at = await place();
    const id = await at.docker.importImage("my-image", "in containerd's store");
    await at.mapping(
      "  - { source: docker-daemon:my-image, target: TARGET/app:by-name }\n" +
        `  - { source: "docker-daemon:${id}", target: TARGET/app:by-id }\n` +
        `  - { source: "docker-daemon:${id.slice("sha256:".length, 19)}", target: TARGET/app:by-short-id }\n`,
    );
    const before = await at.docker.images();
    assert.doesNotMatch((await at.run("plan")).stdout, /digest known after|digest will change/);
    await applyThenPlan(at);
    for (const tag of ["by-name", "by-id", "by-short-id"]) assert.equal(await at.digestAt(`app:${tag}`), id, tag);
    assert.deepEqual(await at.docker.images(), before);
  });

  it("keeps the digest of a single-platform image that it pulls and pushes", async (t) => {
    if (!ready(t)) return;
    const at = await place();
    const single = image({ layers: [randomLayer({ size: 1000, seed: 5 })] });
    await pushImage(at.registry, "source/app", "v1", single);
    await at.mapping("  - { source: TARGET/source/app:v1, target: TARGET/mirror/app, engine: docker }\n");
    const before = await at.docker.images();
    await applyThenPlan(at);
    assert.equal(await at.digestAt("mirror/app:v1"), single.digest);
    assert.deepEqual(await at.docker.images(), before);
  });

  it("pushes one platform of an index unchanged, and refuses several at plan time", async (t) => {
    if (!ready(t)) return;
    const at = await place();
    const index = twoPlatformIndex(7);
    await pushImage(at.registry, "source/app", "v1", index);
    const entry = "source: TARGET/source/app:v1, target: TARGET/mirror/app, engine: docker";
    await at.mapping(`  - { ${entry}, platforms: all }\n`);
    const refused = await at.run("plan");
    assert.equal(refused.code, 1);
    assert.match(refused.stdout, /several platforms/);
    await at.mapping(`  - { ${entry}, platforms: [linux/arm64] }\n`);
    const before = await at.docker.images();
    await applyThenPlan(at);
    assert.equal(await at.digestAt("mirror/app:v1"), index.children[1]?.digest);
    assert.deepEqual(await at.docker.images(), before);
  });
});
