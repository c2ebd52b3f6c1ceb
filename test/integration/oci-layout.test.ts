import assert from "node:assert/strict";
import { dirname, join } from "node:path";
import { describe, it, type TestContext } from "node:test";
import { type CliResult, makeFolder, runCli } from "../support/cli.ts";
import { createCosign } from "../support/cosign.ts";
import { startDockerRegistry } from "../support/docker-registry.ts";
import {
  artifact,
  referrersIndex,
  referrersTag,
  smallImage,
  type TestImage,
  twoPlatformIndex,
} from "../support/images.ts";
import { findProgram, requirePrograms, runProgramOk } from "../support/programs.ts";
import { pushImage } from "../support/push-image.ts";
import { createScope } from "../support/scope.ts";
import { skopeoInspectRaw } from "../support/skopeo.ts";

const { onEnd } = createScope();

type Real = {
  readonly host: string;
  readonly folder: string;
  /** Applies an images.yaml with these entries. */
  readonly apply: (...entries: readonly string[]) => Promise<CliResult>;
};

async function real(): Promise<Real> {
  const { host, stop } = await startDockerRegistry();
  onEnd(stop);
  const folder = await makeFolder();
  onEnd(folder.remove);
  return {
    host,
    folder: folder.path,
    apply: async (...entries) => {
      const hosts = `registries: { "${host}": { plainHttp: true } }`;
      await folder.write(
        "images.yaml",
        `version: 1\n${hosts}\nimages:\n${entries.map((one) => `  - ${one}\n`).join("")}`,
      );
      const programs = dirname(findProgram("cosign") ?? "cosign");
      const result = await runCli(["apply", "--yes", "--verify"], {
        cwd: folder.path,
        environment: {
          PATH: `${programs}:${process.env["PATH"] ?? ""}`,
          // keeps cosign off the internet
          HTTPS_PROXY: "http://127.0.0.1:9",
        },
      });
      assert.equal(result.code, 0, result.stdout + result.stderr);
      return result;
    },
  };
}

function ready(t: TestContext): boolean {
  return requirePrograms(t, "docker-registry", "skopeo");
}

async function inspectRaw(image: string): Promise<Uint8Array> {
  const { stdout } = await runProgramOk("skopeo", ["inspect", "--raw", image]);
  return stdout;
}

async function copyAll(from: string, to: string): Promise<void> {
  const flags = ["--all", "--preserve-digests", "--src-tls-verify=false", "--dest-tls-verify=false"];
  await runProgramOk("skopeo", ["--insecure-policy", "copy", ...flags, from, to]);
}

function assertSame(bytes: Uint8Array, image: TestImage): void {
  assert.equal(Buffer.compare(bytes, image.bytes), 0, Buffer.from(bytes).toString());
}

/** Returns the tag of a signature in cosign's old format, which is made of the digest. */
function signatureTag({ digest }: TestImage): string {
  return `${digest.replace(":", "-")}.sig`;
}

/** Returns the digests that docker-registry has in the tag that replaces the list of referrers. */
async function referrersIn(repository: string, image: TestImage): Promise<readonly string[]> {
  const bytes = await skopeoInspectRaw(`${repository}:${referrersTag(image)}`);
  const { manifests }: { readonly manifests: readonly { readonly digest: string }[] } = JSON.parse(
    Buffer.from(bytes).toString("utf8"),
  );
  return manifests.map(({ digest }) => digest);
}

describe("OCI layouts with skopeo and docker-registry", () => {
  it("copies an index with its signatures through a layout, byte for byte, and skopeo can read them", async (t) => {
    if (!ready(t)) return;
    const { host, folder, apply } = await real();
    const index = twoPlatformIndex(1, { attestations: true });
    const [signature, sbom] = [
      smallImage(9),
      artifact(index, { artifactType: "application/spdx+json", content: "{}" }),
    ];
    await pushImage(host, "app", "v1", index);
    await pushImage(host, "app", signatureTag(index), signature);
    await pushImage(host, "app", index.digest.replace(":", "-"), referrersIndex([sbom]));
    await apply(`{ source: ${host}/app, target: "oci:./mirror/app", tags: [v1] }`);
    const layout = join(folder, "mirror/app");
    assertSame(await inspectRaw(`oci:${layout}:v1`), index);
    assertSame(await inspectRaw(`oci:${layout}:${signatureTag(index)}`), signature);

    await apply(`{ source: "oci:mirror/app", target: ${host}/again, tags: [v1] }`);
    assertSame(await skopeoInspectRaw(`${host}/again:v1`), index);
    assertSame(await skopeoInspectRaw(`${host}/again:${signatureTag(index)}`), signature);
    assertSame(await skopeoInspectRaw(`${host}/again@${sbom.digest}`), sbom);

    await copyAll(`oci:${layout}:v1`, `docker://${host}/by-skopeo:v1`);
    assertSame(await skopeoInspectRaw(`${host}/by-skopeo:v1`), index);
  });

  it("copies a signed index through a layout with required signatures, byte for byte, and skopeo can read all of it", async (t) => {
    if (!ready(t) || !requirePrograms(t, "cosign")) return;
    const { host, folder, apply } = await real();
    const cosign = await createCosign(folder);
    const index = twoPlatformIndex(5);
    await pushImage(host, "app", "v1", index);
    await cosign.sign(`${host}/app@${index.digest}`, { recursive: true });
    await cosign.sign(`${host}/app@${index.digest}`, { newFormat: true });
    const required = "tags: [v1], verify: { key: cosign.pub, tlog: false }";
    await apply(`{ source: ${host}/app, target: "oci:mirror/app", ${required} }`);
    await apply(`{ source: "oci:mirror/app", target: "oci:copy/app", ${required} }`);
    await apply(`{ source: "oci:copy/app", target: ${host}/again, ${required} }`);
    const tags = ["v1", ...[index, ...index.children].map(signatureTag)];
    const bundles = await referrersIn(`${host}/app`, index);
    assert.equal(bundles.length, 1);
    for (const name of [...tags.map((tag) => `:${tag}`), ...bundles.map((digest) => `@${digest}`)]) {
      const source = await skopeoInspectRaw(`${host}/app${name}`);
      assert.equal(Buffer.compare(await skopeoInspectRaw(`${host}/again${name}`), source), 0, name);
      // skopeo finds the manifests of a layout by their names
      if (!name.startsWith(":")) continue;
      for (const layout of ["mirror/app", "copy/app"])
        assert.equal(Buffer.compare(await inspectRaw(`oci:${join(folder, layout)}${name}`), source), 0, name);
    }
    assertSame(await skopeoInspectRaw(`${host}/again:v1`), index);
    assert.deepEqual(await referrersIn(`${host}/again`, index), bundles);
    for (const image of [index, ...index.children]) {
      const { ok, text } = await cosign.verify(`${host}/again@${image.digest}`);
      assert.ok(ok, text);
    }
    await copyAll(`oci:${join(folder, "copy/app")}:v1`, `docker://${host}/by-skopeo:v1`);
    assertSame(await skopeoInspectRaw(`${host}/by-skopeo:v1`), index);
  });

  it("reads a layout that skopeo wrote, and adds images that skopeo can read", async (t) => {
    if (!ready(t)) return;
    const { host, folder, apply } = await real();
    const [index, other] = [twoPlatformIndex(1), smallImage(2)];
    await pushImage(host, "app", "v1", index);
    await pushImage(host, "app", "v2", other);
    const layout = join(folder, "written");
    await copyAll(`docker://${host}/app:v1`, `oci:${layout}:v1`);
    await apply(
      `{ source: "oci:written", target: ${host}/mirror, tags: [{ glob: "v1*" }] }`,
      `{ source: ${host}/app, target: "oci:written", tags: [v2] }`,
    );
    assertSame(await skopeoInspectRaw(`${host}/mirror:v1`), index);
    assertSame(await inspectRaw(`oci:${layout}:v1`), index);
    assertSame(await inspectRaw(`oci:${layout}:v2`), other);
    // skopeo can add to the layout in turn
    await copyAll(`docker://${host}/app:v1`, `oci:${layout}:v3`);
    await apply(`{ source: "oci:written", target: ${host}/third, tags: [v2, v3] }`);
    assertSame(await skopeoInspectRaw(`${host}/third:v3`), index);
    assertSame(await skopeoInspectRaw(`${host}/third:v2`), other);
  });

  it("keeps images in Docker's format unchanged", async (t) => {
    if (!ready(t)) return;
    const { host, apply } = await real();
    const list = twoPlatformIndex(3, { format: "docker" });
    await pushImage(host, "app", "v1", list);
    await apply(`{ source: ${host}/app, target: "oci:mirror", tags: [v1] }`);
    await apply(`{ source: "oci:mirror", target: ${host}/again, tags: [v1] }`);
    assertSame(await skopeoInspectRaw(`${host}/again:v1`), list);
  });

  it("reads a layout that crane wrote, and writes one that crane can push", async (t) => {
    if (!ready(t) || !requirePrograms(t, "crane")) return;
    const { host, folder, apply } = await real();
    const index = twoPlatformIndex(4);
    await pushImage(host, "app", "v1", index);
    const crane = (...args: readonly string[]): Promise<unknown> => runProgramOk(findProgram("crane") ?? "crane", args);
    await crane("pull", "--insecure", "--format=oci", "--annotate-ref", `${host}/app:v1`, join(folder, "by-crane"));
    await apply(
      `{ source: "oci:by-crane", target: ${host}/from-crane, tags: [v1] }`,
      `{ source: ${host}/app, target: "oci:ours", tags: [v1] }`,
    );
    assertSame(await skopeoInspectRaw(`${host}/from-crane:v1`), index);
    await crane("push", "--insecure", join(folder, "ours"), `${host}/by-crane:v1`);
    assertSame(await skopeoInspectRaw(`${host}/by-crane:v1`), index);
  });
});
