import assert from "node:assert/strict";
import { mkdir, readdir } from "node:fs/promises";
import { join } from "node:path";
import { after, before, describe, it, type TestContext } from "node:test";
import { environmentName } from "../../src/model/environment-name.ts";
import { type CliResult, makeFolder, runCli } from "../support/cli.ts";
import { startDockerRegistry } from "../support/docker-registry.ts";
import { type Dockerd, startDockerd } from "../support/dockerd.ts";
import { image, type TestImage, twoPlatformIndex } from "../support/images.ts";
import { randomLayer } from "../support/layers.ts";
import { findProgram, type ProgramName, requirePrograms, requireRoot, runProgram } from "../support/programs.ts";
import { pushImage } from "../support/push-image.ts";
import { createScope } from "../support/scope.ts";

const { onEnd } = createScope();
const NEEDED: readonly ProgramName[] = ["docker", "dockerd", "docker-registry"];
const HTPASSWD = { username: "robot", password: "password-of-the-test" };

let daemon: Dockerd | undefined;
before(async () => {
  if (NEEDED.every((name) => findProgram(name) !== undefined) && process.getuid?.() === 0)
    daemon = await startDockerd();
});
after(() => daemon?.stop());

function ready(t: TestContext): boolean {
  return requirePrograms(t, ...NEEDED) && requireRoot(t);
}

type Place = {
  readonly registry: string;
  readonly folder: string;
  readonly runtimeFolder: string;
  readonly push: (repository: string, tag: string, what: TestImage) => Promise<unknown>;
  /** Writes images.yaml, with TARGET replaced by the registry's host. */
  readonly mapping: (text: string) => Promise<void>;
  readonly pull: (args?: readonly string[], environment?: Readonly<Record<string, string>>) => Promise<CliResult>;
};

async function place(): Promise<Place> {
  const registry = await startDockerRegistry({ htpasswd: HTPASSWD });
  onEnd(registry.stop);
  const { host } = registry;
  const folder = await makeFolder();
  onEnd(folder.remove);
  const runtimeFolder = join(folder.path, "run");
  await mkdir(runtimeFolder, { mode: 0o700 });
  const suffix = environmentName(host);
  const known = {
    DOCKER_HOST: daemon?.host ?? "",
    XDG_RUNTIME_DIR: runtimeFolder,
    // a machine may have crictl for its node too, so its socket must not answer
    CONTAINER_RUNTIME_ENDPOINT: "unix:///nowhere/containerd.sock",
    [`IMGSYNC_USERNAME_${suffix}`]: HTPASSWD.username,
    [`IMGSYNC_PASSWORD_${suffix}`]: HTPASSWD.password,
  };
  return {
    registry: host,
    folder: folder.path,
    runtimeFolder,
    push: (repository, tag, what) => pushImage(host, repository, tag, what, { credentials: HTPASSWD }),
    mapping: (text) =>
      folder.write(
        "images.yaml",
        `version: 1\nregistries:\n  ${host}: { plainHttp: true }\nimages:\n${text.replaceAll("TARGET", host)}`,
      ),
    pull: (args = [], environment = {}) =>
      runCli(["pull", ...args], { cwd: folder.path, environment: { ...known, ...environment } }),
  };
}

const MAPPINGS =
  "  - { source: docker.io/library/a:v1, target: TARGET/team/index }\n" +
  "  - { source: docker.io/library/b:v1, target: TARGET/team/one }\n";

function single(seed: number): TestImage {
  return image({ layers: [randomLayer({ size: 1000, seed })] });
}

describe("imgsync pull with a real docker", () => {
  it("is used when no runtime of a node answers, and has nothing to pull the second time", async (t) => {
    if (!ready(t) || daemon === undefined) return;
    const { registry, runtimeFolder, push, mapping, pull } = await place();
    const [index, one] = [twoPlatformIndex(31), single(32)];
    await push("team/index", "v1", index);
    await push("team/one", "v1", one);
    await mapping(MAPPINGS);
    const first = await pull();
    assert.equal(first.code, 0, first.stderr);
    assert.match(first.stdout, /^pull: 2 pulled, with docker in /);
    const digests = await daemon.docker("image", "inspect", "-f", "{{.RepoDigests}}", `${registry}/team/index:v1`);
    assert.match(digests, new RegExp(index.digest));
    const again = await pull();
    assert.deepEqual([again.code, again.stdout], [0, "Nothing to pull. 2 images already here.\n"]);
    assert.deepEqual(await readdir(runtimeFolder), [], "no credentials stay behind");
  });

  it("replaces a local image that only has the same name, and one whose tag has moved", async (t) => {
    if (!ready(t) || daemon === undefined) return;
    const { registry, push, mapping, pull } = await place();
    await daemon.importImage(`${registry}/team/one:v1`, "was built here");
    await push("team/one", "v1", single(33));
    await mapping("  - { source: docker.io/library/b:v1, target: TARGET/team/one }\n");
    assert.match((await pull(["--with", "docker"])).stdout, /1 pulled/);
    await push("team/one", "v1", single(34));
    const moved = await pull(["--with", "docker"]);
    assert.match(moved.stdout, /1 pulled/, moved.stderr);
    const digests = await daemon.docker("image", "inspect", "-f", "{{.RepoDigests}}", `${registry}/team/one:v1`);
    assert.match(digests, new RegExp(single(34).digest));
  });

  it("reports that the docker daemon does not answer", async (t) => {
    if (!ready(t)) return;
    const { mapping, pull } = await place();
    await mapping(MAPPINGS);
    const result = await pull(["--with", "docker"], { DOCKER_HOST: "unix:///nowhere/docker.sock" });
    assert.equal(result.code, 1);
    assert.match(result.stderr, /the docker daemon does not answer \[UNSUPPORTED\]\n +hint: .*--with crictl/);
  });
});

describe("imgsync pull with podman", () => {
  it("pulls by tag, also from an index, and has nothing to pull the second time", async (t) => {
    if (!ready(t) || !requirePrograms(t, "podman")) return;
    const { registry, folder, push, mapping, pull } = await place();
    const home = await makeFolder();
    onEnd(home.remove);
    const storage = { driver: "vfs", graphroot: join(home.path, "graph"), runroot: join(home.path, "runroot") };
    const lines = Object.entries(storage).map(([key, value]) => `${key} = ${JSON.stringify(value)}`);
    await home.write("storage.conf", `[storage]\n${lines.join("\n")}\n`);
    await home.write("registries.conf", `[[registry]]\nlocation = "${registry}"\ninsecure = true\n`);
    const files = {
      CONTAINERS_STORAGE_CONF: join(home.path, "storage.conf"),
      CONTAINERS_REGISTRIES_CONF: join(home.path, "registries.conf"),
    };
    const index = twoPlatformIndex(35);
    await push("team/index", "v1", index);
    await push("team/one", "v1", single(36));
    await mapping(MAPPINGS);
    const first = await pull(["--docker-command", "podman"], files);
    assert.equal(first.code, 0, first.stderr);
    assert.match(first.stdout, /^pull: 2 pulled, with podman in /);
    const { stdout } = await runProgram("podman", ["image", "inspect", `${registry}/team/index:v1`], {
      env: { ...files, HOME: folder },
    });
    assert.match(Buffer.from(stdout).toString("utf8"), new RegExp(index.digest));
    assert.match((await pull(["--docker-command", "podman"], files)).stdout, /Nothing to pull\. 2 images/);
  });
});
