import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { digestOf } from "../../src/model/digest.ts";
import type { RestImage } from "../support/artifact-registry-rest.ts";
import { AR_HOST, AR_PATH, openArtifactRegistryWorld } from "../support/artifact-registry-world.ts";
import { smallImage } from "../support/images.ts";
import { createScope } from "../support/scope.ts";

const { registry: start, onEnd } = createScope();
const squeeze = (text: string): string => text.replaceAll(/ {2,}/g, " ");

const images: readonly RestImage[] = [
  {
    image: "app",
    digest: digestOf("one"),
    tags: ["v1", "latest"],
    bytes: 2048,
    uploaded: "2026-01-02T03:04:05.678901Z",
  },
  { image: "app", digest: digestOf("two"), tags: [], bytes: 1024, uploaded: "2026-01-01T00:00:00Z" },
  { image: "team/tool", digest: digestOf("one"), tags: ["v9"], uploaded: "2025-01-01T00:00:00Z" },
];

describe("imgsync list at Artifact Registry", () => {
  it("lists all images of a repository through its API, page by page, named below the repository that was typed", async () => {
    const target = await start();
    const { run, rest } = await openArtifactRegistryWorld(target.host, { onEnd, repository: { images }, pageSize: 2 });
    const { code, stdout, stderr } = await run(["list", `${AR_HOST}/${AR_PATH}`]);
    assert.equal(code, 0, stderr);
    assert.equal(
      squeeze(stdout),
      `IMAGE DIGEST TAGS CREATED UPDATED SIZE
app ${digestOf("one")} latest,v1 2026-01-02 03:04Z 2026-01-02 03:04Z 2.0 KiB
app ${digestOf("two")} - 2026-01-01 00:00Z 2026-01-01 00:00Z 1.0 KiB
team/tool ${digestOf("one")} v9 2025-01-01 00:00Z 2025-01-01 00:00Z unknown
`,
    );
    assert.equal(rest.log.length, 2);
    assert.equal(target.log.length, 0);
  });

  it("lists one image, filters by tag, and names the image in JSON", async () => {
    const { run } = await openArtifactRegistryWorld((await start()).host, { onEnd, repository: { images } });
    const { stdout, stderr } = await run([
      "list",
      `${AR_HOST}/${AR_PATH}/team/tool`,
      "--tag",
      "v*",
      "--format",
      "json",
    ]);
    const { images: shown } = JSON.parse(stdout || stderr);
    assert.equal(shown.length, 1);
    assert.equal(shown[0].image, `${AR_HOST}/${AR_PATH}/team/tool`);
  });

  it("falls back to the registry protocol when the API denies access", async () => {
    const target = await start();
    target.putImage(`${AR_PATH}/app`, "v1", smallImage(1));
    const { run } = await openArtifactRegistryWorld(target.host, { onEnd, repository: { images, permissions: [] } });
    const { code, stdout, stderr } = await run(["list", `${AR_HOST}/${AR_PATH}/app`]);
    assert.equal(code, 0, stderr);
    assert.match(stdout, new RegExp(`${smallImage(1).digest} +v1 `));
  });

  it("reports a repository that does not exist", async () => {
    const { run } = await openArtifactRegistryWorld((await start()).host, { onEnd });
    const { code, stderr } = await run(["list", `${AR_HOST}/${AR_PATH}/app`]);
    assert.equal(code, 1);
    assert.match(stderr, /has no repository "my-project\/my-repo" in u-france-east1/);
  });
});

describe("a pattern over repositories at Artifact Registry", () => {
  it("selects from the images that its API lists, page by page", async () => {
    const target = await start();
    target.putImage(`${AR_PATH}/team/tool`, "v9", smallImage(1));
    const { run, rest, folder } = await openArtifactRegistryWorld(target.host, {
      onEnd,
      repository: { images },
      pageSize: 2,
    });
    const entry = `source: ${AR_HOST}/${AR_PATH}/team/**, target: 127.0.0.1:1/mirror, tags: [v9]`;
    await folder.write("images.yaml", `version: 1\nimages:\n  - { ${entry} }\n`);
    const { stdout, stderr } = await run(["plan"]);
    assert.ok(stdout.includes(`${AR_HOST}/${AR_PATH}/team/**: 1 repository: ${AR_PATH}/team/tool`), stdout + stderr);
    assert.equal(rest.log.filter((line) => line.includes("dockerImages")).length, 2);
    assert.equal(
      target.countRequests(({ path }) => path.includes("_catalog")),
      0,
    );
  });
});
