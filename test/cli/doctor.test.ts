import assert from "node:assert/strict";
import { mkdir } from "node:fs/promises";
import { describe, it } from "node:test";
import { environmentName } from "../../src/model/environment-name.ts";
import type { CheckGroup } from "../../src/model/check.ts";
import type { RestRepository } from "../support/artifact-registry-rest.ts";
import { AR_HOST, AR_PATH, AR_TOKEN, openArtifactRegistryWorld } from "../support/artifact-registry-world.ts";
import { makeFolder, runCli } from "../support/cli.ts";
import { smallImage } from "../support/images.ts";
import { createScope } from "../support/scope.ts";
import { squeeze } from "./support/squeeze.ts";

const SUFFIX = environmentName(AR_HOST);
const { registry: start, onEnd } = createScope();

async function world(repository?: RestRepository) {
  const source = await start();
  source.putImage("app", "v1", smallImage(1));
  const target = await start();
  const opened = await openArtifactRegistryWorld(target.host, { onEnd, ...(repository && { repository }) });
  await opened.folder.write(
    "images.yaml",
    `version: 1
registries: { "${source.host}": { plainHttp: true } }
images:
  - { source: "${source.host}/app:v1", target: ${AR_HOST}/${AR_PATH}/app }
`,
  );
  return { ...opened, source, target };
}

describe("imgsync doctor", () => {
  it("reports for each registry whether it answers, the credentials used and the permissions", async () => {
    const { run, source } = await world({ immutableTags: true });
    const { code, stdout, stderr } = await run(["doctor"], { PATH: "/nowhere" });
    assert.equal(code, 0, stdout + stderr);
    assert.equal(
      squeeze(stdout),
      `this machine
 ok docker not installed; only needed for engine: docker and docker-daemon: sources
 ok gcloud not installed; only auth: { gcloud: true } needs it
 ok crictl not installed; only needed by imgsync pull on nodes

${source.host}/app (read)
 ok credentials none; asked anonymously
 ok reachable ${source.host} answers
 ok read yes

${AR_HOST}/${AR_PATH}/app (write)
 ok credentials from IMGSYNC_USERNAME_U__FRANCE__EAST1__DOCKER_S3NSREGISTRY_FR; an access token, valid for at most 60 minutes
 warning docker's own ~/.docker/config.json has nothing for ${AR_HOST}
 hint: imgsync auth configure ${AR_HOST}
 ok reachable ${AR_HOST} answers
 ok read not refused; there is no v1
 ok write yes, according to the registry
 ok immutable all tags, according to artifactregistry.s3nsapis.fr

0 problems, 1 warning
`,
    );
    assert.doesNotMatch(stdout + stderr, new RegExp(AR_TOKEN));
  });

  it("finds the registry in docker's config.json, as its own entry or through a store for all hosts", async () => {
    const { run, folder } = await world({});
    await mkdir(`${folder.path}/.docker`);
    for (const [config, words] of [
      [{ credHelpers: { [AR_HOST]: "gcloud" } }, `has ${AR_HOST} in credHelpers`],
      [{ auths: { [AR_HOST]: { auth: "YTpi" } } }, `has ${AR_HOST} in auths`],
      [{ credsStore: "secretservice" }, "has a credsStore for all hosts"],
    ] as const) {
      await folder.write(".docker/config.json", JSON.stringify(config));
      const { stdout } = await run(["doctor", AR_HOST], { PATH: "/nowhere" });
      assert.ok(squeeze(stdout).includes(` ok docker's own ~/.docker/config.json ${words}\n`), stdout);
    }
    await folder.write(".docker/config.json", JSON.stringify({ credHelpers: { "europe-docker.pkg.dev": "gcloud" } }));
    const { stdout } = await run(["doctor", AR_HOST], { PATH: "/nowhere" });
    assert.match(squeeze(stdout), /warning docker's own ~\/\.docker\/config\.json has nothing for/);
  });

  it("exits 1 when there is a problem, and shows the command that fixes it", async () => {
    const { run } = await world();
    const { code, stdout } = await run(["doctor", AR_HOST]);
    assert.equal(code, 1);
    assert.match(stdout, /problem {2}write +the repository my-project\/my-repo does not exist in u-france-east1/);
    assert.match(stdout, /hint: gcloud artifacts repositories create my-repo /);
    assert.match(stdout, /warning {2}immutable +unknown: /);
    assert.doesNotMatch(stdout, /\(read\)/, "the other registry was not named");
  });

  it("checks a host that is in no manifest, and reports a problem if it does not answer", async () => {
    const registry = await start({ auth: { kind: "basic", users: { ada: "s3cret" } } });
    const folder = await makeFolder({ "mine.yaml": `registries: { "${registry.host}": { plainHttp: true } }\n` });
    onEnd(folder.remove);
    const at = { cwd: folder.path, environment: { IMGSYNC_CONFIG: `${folder.path}/mine.yaml` } };
    const answering = await runCli(["doctor", registry.host], at);
    assert.equal(answering.code, 0, answering.stdout);
    assert.match(answering.stdout, new RegExp(`ok +reachable +${registry.host} answers`));
    await registry.stop();
    const json = await runCli(["doctor", registry.host, "--format", "json"], at);
    assert.equal(json.code, 1);
    const { summary, groups } = JSON.parse(json.stdout);
    const keys = new Set<string>(
      groups.flatMap(({ checks }: CheckGroup) => checks.flatMap((check) => Object.keys(check))),
    );
    assert.deepEqual([...keys].toSorted(), ["hint", "message", "name", "status"]);
    assert.equal(summary.problems, 1);
    assert.match(JSON.stringify(groups), /REGISTRY_UNREACHABLE/);
  });

  it("takes each word for one host, whatever is in it", async () => {
    const { code, stdout, stderr } = await runCli(["doctor", "127.0.0.1:9 127.0.0.1:8"], {
      cwd: import.meta.dirname ?? ".",
    });
    assert.deepEqual([code, stdout], [1, ""]);
    assert.match(stderr, /in "127\.0\.0\.1:9 127\.0\.0\.1:8" is not a port \[USAGE\]/);
  });

  it("warns about a target without credentials, but not about a source or a registry on this machine", async () => {
    const { run, folder, source } = await world({});
    const none = Object.fromEntries(["USERNAME", "PASSWORD"].map((word) => [`IMGSYNC_${word}_${SUFFIX}`, ""]));
    const { stdout } = await run(["doctor"], { PATH: "/nowhere", ...none });
    assert.match(
      squeeze(stdout),
      new RegExp(
        `\\(write\\)\n warning credentials none; asked anonymously; a push would be anonymous too: .*\n hint: no credentials were found for ${AR_HOST}: run gcloud config set core/universe_domain s3nsapis.fr && gcloud auth login && imgsync auth configure ${AR_HOST}; `,
      ),
    );
    assert.match(squeeze(stdout), /\(read\)\n ok credentials none; asked anonymously\n/);
    await folder.write(
      "images.yaml",
      `version: 1\nregistries: { "${source.host}": { plainHttp: true } }\nimages: [{ source: "${source.host}/app:v1", target: ${source.host}/copy }]\n`,
    );
    assert.match(
      squeeze((await run(["doctor"])).stdout),
      /\/copy \(write\)\n ok credentials none; asked anonymously\n/,
    );
  });

  it("runs no programs and calls no APIs for an untrusted manifest", async () => {
    const { run, rest } = await world({});
    const { stdout } = await run(["doctor", "--untrusted"]);
    assert.doesNotMatch(stdout, /this machine|immutable/);
    assert.deepEqual(rest.log, []);
  });
});
