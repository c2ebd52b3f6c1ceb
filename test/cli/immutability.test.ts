import assert from "node:assert/strict";
import { describe, it, type TestContext } from "node:test";
import { startCountingProxy } from "../support/counting-proxy.ts";
import { startDockerRegistry } from "../support/docker-registry.ts";
import type { RestRepository } from "../support/artifact-registry-rest.ts";
import { AR_HOST, AR_NAME, AR_PATH, AR_TOKEN, openArtifactRegistryWorld } from "../support/artifact-registry-world.ts";
import type { RegistryOptions } from "../support/embedded-registry/options.ts";
import { isWrite } from "../support/embedded-registry/transcript.ts";
import { MEDIA_TYPES } from "../../src/model/manifest.ts";
import { seal, smallImage } from "../support/images.ts";
import { requireProgram } from "../support/programs.ts";
import { pushImage } from "../support/push-image.ts";
import { createScope } from "../support/scope.ts";

const { registry: start, onEnd } = createScope();
const TARGET = `${AR_HOST}/${AR_PATH}/app`;
const [old, next] = [smallImage(1), smallImage(2)];

/** A source with two tags, a target where the first one points to another image, and no rule in images.yaml. */
async function world(repository?: RestRepository, options: RegistryOptions = {}) {
  const source = await start();
  for (const tag of ["v1", "v2"]) source.putImage("app", tag, next);
  const target = await start(options);
  target.putImage(`${AR_PATH}/app`, "v1", old);
  const opened = await openArtifactRegistryWorld(target.host, {
    onEnd,
    ...(repository === undefined ? {} : { repository }),
  });
  await opened.folder.write("images.yaml", manifest(source.host, ["v1", "v2"]));
  return { ...opened, source, target };
}

function manifest(source: string, tags: readonly string[]): string {
  return `version: 1
registries: { "${source}": { plainHttp: true } }
images:
  - { source: ${source}/app, target: ${TARGET}, tags: [${tags.join(", ")}], referrers: false }
`;
}

describe("tags that a registry keeps immutable", () => {
  it("are blocked in the plan without a rule in images.yaml, and the plan names the API that reported it", async () => {
    const { run, rest, target } = await world({ immutableTags: true });
    const plan = await run(["plan"]);
    assert.equal(plan.code, 3, plan.stderr);
    assert.match(
      plan.stdout,
      /blocked {2}v1 {2}by the registry artifactregistry\.s3nsapis\.fr: the repository my-project\/my-repo has immutable tags/,
    );
    assert.match(plan.stdout, /create {3}v2/);
    assert.deepEqual(rest.log.toSorted(), [`GET /v1/${AR_NAME}`, `POST /v1/${AR_NAME}:testIamPermissions`]);
    const apply = await run(["apply", "--yes"]);
    assert.equal(apply.code, 3, apply.stderr);
    assert.equal(target.log.filter(isWrite).length, 0);
    for (const { stdout, stderr } of [plan, apply]) assert.doesNotMatch(stdout + stderr, new RegExp(AR_TOKEN));
  });

  it("include latest, which may be created and not moved", async () => {
    const { run, folder, source, target } = await world({ immutableTags: true });
    source.putImage("app", "latest", next);
    await folder.write("images.yaml", manifest(source.host, ["latest"]));
    assert.match((await run(["plan"])).stdout, /create {3}latest/);
    target.putImage(`${AR_PATH}/app`, "latest", old);
    const moved = await run(["apply", "--yes"]);
    assert.equal(moved.code, 3, moved.stderr);
    assert.match(moved.stdout, /blocked .*\/app:latest .*the repository my-project\/my-repo has immutable tags/);
    assert.equal(target.log.filter(isWrite).length, 0);
  });

  it("may move if the API omits the setting, since it omits false", async () => {
    const { run } = await world({});
    const plan = await run(["plan"]);
    assert.equal(plan.code, 0, plan.stderr);
    assert.match(plan.stdout, /update {3}v1/);
    assert.doesNotMatch(plan.stdout, /could not determine whether/);
  });

  it("cost no API request in a plan without changes", async () => {
    const { run, rest, target } = await world({ immutableTags: true });
    for (const tag of ["v1", "v2"]) target.putImage(`${AR_PATH}/app`, tag, next);
    assert.equal((await run(["plan"])).code, 0);
    assert.deepEqual(rest.log, []);
  });

  it("are not blocked when it is unknown whether they are immutable, and the plan notes that", async () => {
    const permissions = ["artifactregistry.repositories.uploadArtifacts"];
    const { run } = await world({ immutableTags: true, permissions });
    const plan = await run(["plan"]);
    assert.equal(plan.code, 0, plan.stderr);
    assert.match(plan.stdout, /update {3}v1 .*could not determine whether the tag is immutable: .*repositories\.get/);
  });

  it("are not looked up for an untrusted manifest", async () => {
    const { run, rest } = await world({ immutableTags: true });
    await run(["plan", "--untrusted"]);
    assert.deepEqual(rest.log, []);
  });

  it("are looked up again when a saved plan is applied", async () => {
    const repositories: { immutableTags?: boolean } = {};
    const { run, rest, target } = await world(repositories);
    assert.equal((await run(["plan", "--out", "plan.json"])).code, 0);
    repositories.immutableTags = true;
    const asked = rest.log.length;
    const apply = await run(["apply", "plan.json", "--yes"]);
    assert.equal(apply.code, 3, apply.stderr);
    assert.ok(rest.log.length > asked);
    assert.equal(target.log.filter(isWrite).length, 0);
    const others = await run(["apply", "plan.json", "--yes", "--skip-blocked"]);
    assert.equal(others.code, 3, others.stderr);
    assert.equal(target.store.tags(`${AR_PATH}/app`).size, 2);
  });
});

describe("a race for a tag of an immutable repository", () => {
  for (const [winner, image, code, words] of [
    ["the wanted image", next, 0, /unchanged/],
    [
      "another image",
      old,
      3,
      /blocked .*\/app:v1 .*by the registry .*its repository keeps tags immutable.*it points at sha256:/,
    ],
  ] as const) {
    it(`won by ${winner} leaves that tag alone and applies the others`, async (t: TestContext) => {
      if (!requireProgram(t, "docker-registry")) return;
      const registry = await startDockerRegistry();
      onEnd(registry.stop);
      const counting = await startCountingProxy(registry.host);
      onEnd(counting.stop);
      const source = await start();
      for (const tag of ["v1", "v2"]) source.putImage("app", tag, next);
      const { run, folder } = await openArtifactRegistryWorld(counting.host, {
        onEnd,
        repository: { immutableTags: true },
      });
      await folder.write("images.yaml", manifest(source.host, ["v1", "v2"]));
      assert.equal((await run(["plan", "--out", "plan.json"])).code, 0);
      await pushImage(registry.host, `${AR_PATH}/app`, "v1", image);
      const apply = await run(["apply", "plan.json", "--yes"]);
      assert.equal(apply.code, code, apply.stdout + apply.stderr);
      assert.match(apply.stdout + apply.stderr, words);
      const wrote = counting.log.filter(isWrite).map(({ path }) => path);
      assert.ok(wrote.some((path) => path.endsWith("/manifests/v2")));
      assert.ok(!wrote.some((path) => path.endsWith("/manifests/v1")));
    });
  }
});

describe("a target that cannot be pushed to", () => {
  const cases: readonly (readonly [string, RestRepository | undefined, readonly RegExp[]])[] = [
    [
      "a repository that does not exist",
      undefined,
      [
        /does not exist in u-france-east1 \[TARGET_NOT_FOUND\]/,
        /gcloud artifacts repositories create my-repo --repository-format=docker --project=my-project --location=u-france-east1 --universe-domain=s3nsapis\.fr/,
      ],
    ],
    [
      "a virtual repository",
      { mode: "VIRTUAL_REPOSITORY" },
      [/is a virtual repository, which nothing can be pushed to/],
    ],
    ["a remote repository", { mode: "REMOTE_REPOSITORY" }, [/is a remote repository, which nothing can be pushed to/]],
    ["a repository of another format", { format: "MAVEN" }, [/has the format MAVEN, not DOCKER/]],
    [
      "a missing role",
      { permissions: ["artifactregistry.repositories.get"] },
      [
        /may not push to my-project\/my-repo, .*\[DENIED\]/,
        /add-iam-policy-binding my-repo .* --member=MEMBER --role=roles\/artifactregistry\.writer/,
      ],
    ],
  ];
  for (const [name, repository, patterns] of cases) {
    it(`is an error in plan and apply before any write: ${name}`, async () => {
      const { run, target } = await world(repository);
      const plan = await run(["plan"]);
      assert.equal(plan.code, 1, plan.stderr);
      for (const pattern of patterns) assert.match(plan.stdout, pattern);
      assert.equal((await run(["apply", "--yes"])).code, 1);
      assert.equal(target.log.filter(isWrite).length, 0);
    });
  }
});

describe("an image at the size limit of Artifact Registry", () => {
  const TERABYTE = 1_000_000_000_000;

  for (const [name, more, code, words] of [
    ["of exactly 5 TB is planned", 0, 0, /create {3}v1 .*4\.5 TiB/],
    [
      "that is larger by one byte is an error in the plan",
      1,
      1,
      /error {4}v1 {2}target: the image has 5\.1 TB, and u-france-east1-docker\.s3nsregistry\.fr accepts at most 5 TB \[LIMIT_EXCEEDED\]/,
    ],
  ] as const) {
    it(name, async () => {
      const source = await start();
      const digest = smallImage(9).digest;
      const config = { mediaType: "application/vnd.oci.image.config.v1+json", digest, size: 2 };
      const layer = { mediaType: "application/vnd.oci.image.layer.v1.tar", digest: old.digest, size: 5 * TERABYTE - 2 };
      const layers = [{ ...layer, size: layer.size + more }];
      const json = { schemaVersion: 2, mediaType: MEDIA_TYPES.ociManifest, config, layers };
      source.putImage("app", "v1", seal(MEDIA_TYPES.ociManifest, json));
      const { run, folder } = await openArtifactRegistryWorld((await start()).host, { onEnd, repository: {} });
      await folder.write("images.yaml", manifest(source.host, ["v1"]));
      const plan = await run(["plan"]);
      assert.equal(plan.code, code, plan.stdout + plan.stderr);
      assert.match(plan.stdout, words);
    });
  }
});

describe("a source that cannot be pulled from", () => {
  const denied = {
    errors: [
      {
        code: "DENIED",
        message:
          'Permission "artifactregistry.repositories.downloadArtifacts" denied on resource "projects/my-project/locations/u-france-east1/repositories/my-repo" (or it may not exist)',
      },
    ],
  };

  it("is an error in the plan with the role of a reader and the command that grants it", async () => {
    const registry = await start({
      onRequest: () => ({ kind: "answer", status: 403, body: JSON.stringify(denied) }),
    });
    const target = await start();
    const { run, folder } = await openArtifactRegistryWorld(registry.host, {
      onEnd,
      repository: { permissions: ["artifactregistry.repositories.get"] },
    });
    await folder.write(
      "images.yaml",
      `version: 1
registries: { "${target.host}": { plainHttp: true } }
images:
  - { source: ${TARGET}:v1, target: ${target.host}/app, referrers: false }
`,
    );
    const plan = await run(["plan"]);
    assert.equal(plan.code, 1, plan.stderr);
    assert.match(
      plan.stdout,
      /source u-france-east1-\S+\/app:v1: these credentials may not pull from my-project\/my-repo, .*; roles\/artifactregistry\.reader is needed \[DENIED\]/,
    );
    assert.match(
      plan.stdout,
      /hint: gcloud artifacts repositories add-iam-policy-binding my-repo .* --member=MEMBER --role=roles\/artifactregistry\.reader/,
    );
    assert.equal((await run(["apply", "--yes"])).code, 1);
    assert.equal(target.log.filter(isWrite).length, 0);
  });
});
