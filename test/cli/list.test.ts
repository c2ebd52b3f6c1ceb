import assert from "node:assert/strict";
import { describe, it, type TestContext } from "node:test";
import { formatBytes } from "../../src/model/size.ts";
import { makeFolder, runCli } from "../support/cli.ts";
import { startDockerRegistry } from "../support/docker-registry.ts";
import type { RegistryOptions } from "../support/embedded-registry/options.ts";
import { smallImage, twoPlatformIndex } from "../support/images.ts";
import { requireProgram } from "../support/programs.ts";
import { pushImage } from "../support/push-image.ts";
import { createScope } from "../support/scope.ts";
import { squeeze } from "./support/squeeze.ts";

const { registry: start, onEnd } = createScope();
const single = smallImage(1, { created: "2025-01-02T03:04:05Z" });
const SINGLE_BYTES = single.blobs.reduce((sum, { descriptor }) => sum + descriptor.size, 0);
const platforms = twoPlatformIndex(2, { attestations: true });

async function at(host: string, environment: Readonly<Record<string, string>> = {}) {
  const settings = `registries:\n  ${host}: { plainHttp: true }\n`;
  const folder = await makeFolder({
    "mine.yaml": settings,
    "images.yaml": `version: 1\n${settings}images:\n  - { source: docker.io/a/b, target: ${host}/a/b }\n`,
  });
  onEnd(folder.remove);
  return (repository: string, ...args: readonly string[]) =>
    runCli(["list", `${host}/${repository}`, ...(args.includes("-f") ? [] : ["--config", "mine.yaml"]), ...args], {
      cwd: folder.path,
      environment,
    });
}

async function embedded(options?: RegistryOptions) {
  const registry = await start(options);
  registry.putImage("team/app", "v1.0", single);
  for (const tag of ["v1.1", "stable"]) registry.putImage("team/app", tag, platforms);
  return { registry, list: await at(registry.host) };
}

const GOLDEN = [
  "DIGEST TAGS CREATED UPDATED SIZE",
  `${single.digest} v1.0 2025-01-02 03:04Z unknown ${formatBytes(SINGLE_BYTES)}`,
  `${platforms.digest} stable,v1.1 2024-01-01 00:00Z unknown 1.1 KiB`,
  "",
].join("\n");

describe("imgsync list", () => {
  it("shows a row for each digest, the newest first", async () => {
    const { list } = await embedded();
    const result = await list("team/app");
    assert.equal(result.code, 0, result.stderr);
    assert.equal(squeeze(result.stdout), GOLDEN);
    assert.equal(result.stderr, "");
  });

  it("uses the registry settings of a manifest given with -f", async () => {
    const { list } = await embedded();
    const result = await list("team/app", "-f", "images.yaml");
    assert.equal(squeeze(result.stdout), GOLDEN, result.stderr);
  });

  it("filters, sorts, and reports on stderr how many images the limit left out", async () => {
    const { list } = await embedded();
    const limited = await list("team/app", "--tag", "v*", "--sort", "size", "--limit", "1");
    assert.match(limited.stdout, / v1\.1 /);
    assert.doesNotMatch(limited.stdout, /v1\.0|stable/);
    assert.equal(limited.stderr, "1 of 2 images shown\n");
  });

  it("prints JSON with full digests", async () => {
    const { registry, list } = await embedded({ tagDigests: true, uploadedMs: () => 1_735_689_600_000 });
    const result = await list("team/app", "--tag", "v1.0", "--format", "json");
    assert.deepEqual(JSON.parse(result.stdout).images, [
      {
        image: `${registry.host}/team/app`,
        digest: single.digest,
        mediaType: "application/vnd.oci.image.manifest.v1+json",
        tags: ["v1.0"],
        createTime: "2025-01-02T03:04:05.000Z",
        updateTime: "2025-01-01T00:00:00.000Z",
        sizeBytes: SINGLE_BYTES,
      },
    ]);
    assert.equal(registry.log.length, 1);
  });

  it("uses credentials from the environment, and fails without them", async () => {
    const registry = await start({ auth: { kind: "basic", users: { ada: "s3cret" } } });
    registry.putImage("team/app", "v1.0", single);
    const suffix = registry.host.replaceAll(".", "_").replace(":", "___");
    const environment = { [`IMGSYNC_USERNAME_${suffix}`]: "ada", [`IMGSYNC_PASSWORD_${suffix}`]: "s3cret" };
    const known = await (await at(registry.host, environment))("team/app");
    assert.equal(known.code, 0, known.stderr);
    const anonymous = await (await at(registry.host))("team/app");
    assert.equal(anonymous.code, 1);
    assert.match(anonymous.stderr, /error: /);
  });

  it("exits 1 for a missing repository and for invalid arguments", async () => {
    const { list } = await embedded();
    const cases: readonly (readonly [readonly [string, ...string[]], RegExp])[] = [
      [["team/gone"], /has no repository "team\/gone"/],
      [["team/app:v1"], /has a tag or a digest/],
      [["team/app", "--tag", "a/b"], /--tag "a\/b"/],
      [["team/app", "--limit", "0"], /at least 1/],
      [["team/app", "--sort", "name"], /write one of /],
    ];
    for (const [args, message] of cases) {
      const result = await list(...args);
      assert.equal(result.code, 1);
      assert.match(result.stderr, message);
      assert.equal(result.stdout, "");
    }
  });

  it("shows the same rows for a real docker-registry", async (t: TestContext) => {
    if (!requireProgram(t, "docker-registry")) return;
    const registry = await startDockerRegistry();
    onEnd(registry.stop);
    await pushImage(registry.host, "team/app", "v1.0", single);
    for (const tag of ["v1.1", "stable"]) await pushImage(registry.host, "team/app", tag, platforms);
    const result = await (await at(registry.host))("team/app");
    assert.equal(squeeze(result.stdout), GOLDEN, result.stderr);
  });
});
