import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, it } from "node:test";
import { makeFolder, runCli } from "../support/cli.ts";
import { preparePodman } from "../support/podman.ts";
import { requireProgram, requireRoot, runProgramOk } from "../support/programs.ts";
import { createScope } from "../support/scope.ts";
import { requirePackages, VERSION } from "./support/packages.ts";
import { prepareWorld } from "./support/world.ts";

const scope = createScope();

/** Limits that a container may set in any sandbox: podman's own are above those of some. */
const LIMITS = ["--ulimit", "nofile=1024:1024", "--ulimit", "nproc=1024:1024"];

type Descriptor = {
  readonly digest: string;
  readonly platform?: { readonly os: string; readonly architecture: string };
};
type Blob = {
  readonly manifests: readonly Descriptor[];
  readonly config: Descriptor & Readonly<Record<string, unknown>>;
  readonly layers: readonly Descriptor[];
  readonly annotations: Readonly<Record<string, string>>;
};

const blobFile = (packages: string, { digest }: Descriptor): string =>
  join(packages, "image", "blobs", ...digest.split(":"));
const readBlob = async (packages: string, descriptor: Descriptor): Promise<Blob> =>
  JSON.parse(await readFile(blobFile(packages, descriptor), "utf8"));
const readIndex = async (packages: string): Promise<Descriptor> =>
  JSON.parse(await readFile(join(packages, "image", "index.json"), "utf8")).manifests[0];

/** Pushes the image with imgsync itself, as CONTRIBUTING.md shows. */
async function push(packages: string) {
  const registry = await scope.registry();
  const folder = await makeFolder({
    "images.yaml": `version: 1
registries: { ${registry.host}: { plainHttp: true } }
images: [{ source: "oci:${join(packages, "image")}", target: ${registry.host}/tools/imgsync, tags: [${VERSION}] }]
`,
  });
  scope.onEnd(folder.remove);
  const run = (...args: readonly string[]) => runCli([...args, "--allow-files", packages], { cwd: folder.path });
  const applied = await run("apply", "--yes");
  assert.equal(applied.code, 0, applied.stdout + applied.stderr);
  return { registry, run };
}

describe("the image", () => {
  it("is pushed by imgsync with both platforms, unchanged", async (t) => {
    const packages = requirePackages(t);
    if (packages === undefined) return;
    const { registry, run } = await push(packages);
    const index = await readIndex(packages);
    assert.equal(registry.store.tags("tools/imgsync").get(VERSION), index.digest);
    assert.deepEqual(
      (await readBlob(packages, index)).manifests.map(({ platform }) => platform),
      [
        { architecture: "amd64", os: "linux" },
        { architecture: "arm64", os: "linux" },
      ],
    );
    assert.match((await run("plan")).stdout, /^No changes/);
  });

  it("runs in podman as a user that is not root, with a read-only file system and no capabilities", async (t) => {
    const packages = requirePackages(t);
    if (packages === undefined || !requireProgram(t, "podman") || !requireRoot(t)) return;
    const { registry } = await push(packages);
    const { podman, allowPlainHttp, remove } = await preparePodman();
    scope.onEnd(remove);
    await allowPlainHttp(registry.host);
    const { registry: other, folder } = await prepareWorld(scope);
    // the container's user reads it
    await runProgramOk("chmod", ["755", folder.path]);
    const strict = ["--network", "host", "--read-only", "--cap-drop", "all", "--security-opt", "no-new-privileges"];
    const words = ["run", "--rm", ...strict, ...LIMITS, "--volume", `${folder.path}:/work:ro`];
    const image = `${registry.host}/tools/imgsync:${VERSION}`;
    assert.match(await podman(...words, image, "plan"), /plan: 1 to create/);
    assert.match(await podman(...words, image, "apply", "--yes"), /1 applied/);
    assert.ok(other.store.tags("copy").has("v1"));
    assert.match(await podman("run", "--rm", ...LIMITS, image), /^Usage: imgsync/);
  });

  it("has no shell, no other program, nothing that belongs to a user, and the licences of what it has", async (t) => {
    const packages = requirePackages(t);
    if (packages === undefined) return;
    for (const descriptor of (await readBlob(packages, await readIndex(packages))).manifests) {
      const { layers, config, annotations } = await readBlob(packages, descriptor);
      const files: string[] = [];
      for (const layer of layers) {
        const { stdout } = await runProgramOk("tar", ["-tvzf", blobFile(packages, layer)]);
        files.push(...Buffer.from(stdout).toString().trim().split("\n"));
      }
      assert.deepEqual(
        files.filter((line) => !/^\S+ root\/root /.test(line)),
        [],
      );
      const programs = files.filter((line) => /^-\S*x/.test(line)).map((line) => line.split(" ").at(-1) ?? "");
      assert.deepEqual(
        programs.filter((path) => !/\.so(?:\.[\d.]+)?$/.test(path)),
        ["usr/bin/imgsync"],
      );
      assert.ok(!files.some((line) => /^-\S*s/.test(line)), "a program that changes its user");
      for (const name of ["libc6/copyright", "libgcc-s1", "imgsync/LICENSE", "imgsync/THIRD-PARTY-LICENSES.txt"])
        assert.ok(
          files.some((line) => line.includes(`usr/share/doc/${name}`)),
          name,
        );
      const { config: settings, architecture } = (await readBlob(packages, config)) as unknown as {
        readonly architecture: string;
        readonly config: { readonly User: string; readonly Entrypoint: readonly string[] };
      };
      assert.equal(architecture, descriptor.platform?.architecture);
      assert.equal(settings.User, "65532:65532");
      assert.deepEqual(settings.Entrypoint, ["/usr/bin/imgsync"]);
      assert.equal(annotations["org.opencontainers.image.version"], VERSION);
    }
  });
});
