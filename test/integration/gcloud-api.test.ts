import assert from "node:assert/strict";
import { join } from "node:path";
import { describe, it, type TestContext } from "node:test";
import { bindingCommand, createCommand, listCommand } from "../../src/products/artifact-registry/commands.ts";
import { parseResource } from "../../src/products/artifact-registry/api/resource.ts";
import { KNOWN_UNIVERSES } from "../../src/products/universes.ts";
import { digestOf } from "../../src/model/digest.ts";
import { type ArtifactRegistryRest, startArtifactRegistryRest } from "../support/artifact-registry-rest.ts";
import { AR_HOST, AR_NAME, AR_PATH, AR_TOKEN, openArtifactRegistryWorld } from "../support/artifact-registry-world.ts";
import { makeFolder } from "../support/cli.ts";
import { cleanUpAfterEach } from "../support/clean-up.ts";
import { requireForeignProgram, runProgram } from "../support/programs.ts";

const onEnd = cleanUpAfterEach();

/** Prepares the real gcloud to use the double instead of the API. */
async function open(t: TestContext, immutableTags: boolean) {
  if (!requireForeignProgram(t, "gcloud")) return undefined;
  const images = [
    {
      image: "app",
      digest: digestOf("one"),
      tags: ["v1", "latest"],
      bytes: 2048,
      built: "2019-03-01T00:00:00Z",
      uploaded: "2019-04-10T15:08:45Z",
      updated: "2019-04-11T09:00:00Z",
    },
    { image: "app", digest: digestOf("two"), tags: [], bytes: 1024, uploaded: "2019-04-10T17:23:53Z" },
    { image: "app", digest: digestOf("three"), tags: ["v3"], bytes: 1024 },
  ];
  const repositories = new Map([[AR_NAME, { immutableTags, images }]]);
  const rest: ArtifactRegistryRest = await startArtifactRegistryRest({
    repositories,
    token: AR_TOKEN,
    registry: AR_HOST,
    pageSize: 2,
  });
  onEnd(rest.stop);
  const folder = await makeFolder({ token: AR_TOKEN });
  onEnd(folder.remove);
  const env = {
    HOME: folder.path,
    CLOUDSDK_CONFIG: join(folder.path, "gcloud"),
    CLOUDSDK_CORE_DISABLE_PROMPTS: "1",
    CLOUDSDK_CORE_DISABLE_USAGE_REPORTING: "1",
    CLOUDSDK_COMPONENT_MANAGER_DISABLE_UPDATE_CHECK: "1",
    CLOUDSDK_CORE_CHECK_GCE_METADATA: "false",
    CLOUDSDK_AUTH_ACCESS_TOKEN_FILE: join(folder.path, "token"),
    CLOUDSDK_ARTIFACTS_DOMAIN: "s3nsregistry.fr",
    CLOUDSDK_API_ENDPOINT_OVERRIDES_ARTIFACTREGISTRY: `${rest.url}/`,
  };
  return { rest, images, gcloud: (...args: readonly string[]) => runProgram("gcloud", args, { env }) };
}

describe("the double of Artifact Registry's API with the real gcloud", () => {
  const place = ["--project=my-project", "--location=u-france-east1", "--format=json"];

  it("describes a repository, with and without immutable tags", async (t) => {
    for (const immutable of [true, false]) {
      const made = await open(t, immutable);
      if (made === undefined) return;
      const { code, stdout, stderr } = await made.gcloud("artifacts", "repositories", "describe", "my-repo", ...place);
      assert.equal(code, 0, stderr);
      const answer = JSON.parse(Buffer.from(stdout).toString("utf8"));
      assert.equal(answer.dockerConfig?.immutableTags, immutable ? true : undefined);
      assert.equal(answer.registryUri, `${AR_HOST}/${AR_PATH}`);
    }
  });

  it("reports another repository as not found", async (t) => {
    const made = await open(t, false);
    if (made === undefined) return;
    const { code, stderr } = await made.gcloud("artifacts", "repositories", "describe", "gone", ...place);
    assert.equal(code, 1);
    assert.match(stderr, /NOT_FOUND: Requested entity was not found/);
  });

  it("gets the requests of the commands that imgsync suggests", async (t) => {
    const made = await open(t, false);
    if (made === undefined) return;
    const resource = parseResource({ host: AR_HOST, path: AR_PATH }, KNOWN_UNIVERSES);
    assert.ok(resource);
    for (const command of [
      createCommand(resource),
      bindingCommand(resource, "roles/artifactregistry.writer", "a@b.test"),
      listCommand(resource),
    ]) {
      const { stderr } = await made.gcloud(...command.split(" ").slice(1));
      assert.match(stderr, /NOT_FOUND/, "the double makes nothing, but it was asked");
    }
    assert.deepEqual(
      made.rest.log.map((line) => line.replace(/\?.*/, "")),
      [
        "POST /v1/projects/my-project/locations/u-france-east1/repositories",
        `GET /v1/${AR_NAME}:getIamPolicy`,
        "GET /v1/projects/my-project/locations/u-france-east1/repositories",
      ],
    );
  });

  it("lists images with their tags through all pages", async (t) => {
    const made = await open(t, false);
    if (made === undefined) return;
    const at = `${AR_HOST}/${AR_PATH}`;
    const { code, stdout, stderr } = await made.gcloud(
      "artifacts",
      "docker",
      "images",
      "list",
      at,
      "--include-tags",
      "--format=json",
    );
    assert.equal(code, 0, stderr);
    const listed: readonly GcloudImage[] = JSON.parse(Buffer.from(stdout).toString("utf8"));
    assert.deepEqual(
      new Map(listed.map(({ version, tags }) => [version, [...tags].sort()])),
      new Map([
        [digestOf("one"), ["latest", "v1"]],
        [digestOf("two"), []],
        [digestOf("three"), ["v3"]],
      ]),
    );
    assert.ok(listed.every((image) => image.package === `${at}/app`));
  });

  it("shows the rows, tags and times that imgsync list shows", async (t) => {
    const made = await open(t, false);
    if (made === undefined) return;
    const at = `${AR_HOST}/${AR_PATH}`;
    const list = ["artifacts", "docker", "images", "list", at, "--include-tags", "--format=json"];
    const theirs: readonly GcloudImage[] = JSON.parse(
      Buffer.from((await made.gcloud(...list)).stdout).toString("utf8"),
    );
    const { run } = await openArtifactRegistryWorld("127.0.0.1:9", { onEnd, repository: { images: made.images } });
    const { code, stdout, stderr } = await run(["list", at, "--format", "json"]);
    assert.equal(code, 0, stderr);
    const ours: readonly OwnImage[] = JSON.parse(stdout).images;
    const inSeconds = (text: string): string => new Date(text).toISOString().slice(0, 19);
    const row = (digest: string, tags: readonly string[], times: readonly string[]): string =>
      [digest, [...tags].toSorted(), ...times.map(inSeconds)].join(" ");
    const [own, others] = [
      ours.map(({ digest, tags, createTime, updateTime }) => row(digest, tags, [createTime, updateTime])),
      theirs.map(({ version, tags, createTime, updateTime }) => row(version, tags, [createTime, updateTime])),
    ];
    assert.deepEqual(own.toSorted(), others.toSorted());
    assert.ok(own.includes(`${digestOf("one")} latest,v1 2019-04-10T15:08:45 2019-04-11T09:00:00`), own.join("\n"));
  });
});

type Times = { readonly createTime: string; readonly updateTime: string };
type GcloudImage = Times & { readonly package: string; readonly version: string; readonly tags: readonly string[] };
type OwnImage = Times & { readonly digest: string; readonly tags: readonly string[] };
