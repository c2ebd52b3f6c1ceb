import assert from "node:assert/strict";
import { mkdir } from "node:fs/promises";
import { delimiter, dirname, join } from "node:path";
import { describe, it } from "node:test";
import { makeFolder, runCli } from "../support/cli.ts";
import { cleanUpAfterEach } from "../support/clean-up.ts";
import { fetchOnce } from "../support/http.ts";
import { startGoogleServices } from "../support/google/services.ts";
import { findProgram, requireForeignProgram, requirePrograms, runProgram } from "../support/programs.ts";

const onEnd = cleanUpAfterEach();
const HOST = "europe-west1-docker.pkg.dev";
const OTHER = "other@my-project.iam.gserviceaccount.com";

/** Starts the services, and creates a home folder whose gcloud and helpers use only them. */
async function open() {
  const services = await startGoogleServices({ mayActAs: [OTHER] });
  onEnd(services.stop);
  const folder = await makeFolder({ "key.json": JSON.stringify(services.makeKey()) });
  onEnd(folder.remove);
  await mkdir(join(folder.path, "docker"));
  const gcr = findProgram("docker-credential-gcr");
  const environment = {
    PATH: [...(gcr === undefined ? [] : [dirname(gcr)]), process.env["PATH"] ?? ""].join(delimiter),
    HOME: folder.path,
    DOCKER_CONFIG: join(folder.path, "docker"),
    GCE_METADATA_HOST: services.host,
    CLOUDSDK_CONFIG: join(folder.path, "gcloud"),
    CLOUDSDK_CORE_DISABLE_PROMPTS: "1",
    CLOUDSDK_CORE_DISABLE_USAGE_REPORTING: "1",
    CLOUDSDK_COMPONENT_MANAGER_DISABLE_UPDATE_CHECK: "1",
    CLOUDSDK_CORE_CHECK_GCE_METADATA: "false",
    CLOUDSDK_AUTH_TOKEN_HOST: `${services.url}/token`,
    CLOUDSDK_API_ENDPOINT_OVERRIDES_IAMCREDENTIALS: `${services.url}/`,
  };
  return {
    services,
    folder,
    environment,
    imgsync: async (...args: readonly string[]) => {
      const result = await runCli(args, { cwd: folder.path, environment });
      for (const token of services.tokens) assert.ok(!`${result.stdout}${result.stderr}`.includes(token));
      return result;
    },
  };
}

describe("with the real docker-credential-gcr", () => {
  it("auth configure writes the host and checks that the helper answers with the machine's token", async (t) => {
    if (!requirePrograms(t, "docker-credential-gcr")) return;
    const { services, folder, imgsync } = await open();
    const configured = await imgsync("auth", "configure", HOST, "--helper", "gcr");
    assert.equal(configured.code, 0, configured.stderr);
    assert.deepEqual(JSON.parse(await folder.read("docker/config.json")), { credHelpers: { [HOST]: "gcr" } });
    assert.ok(services.count("/token") >= 1);
    const explained = await imgsync("auth", "explain", HOST);
    assert.match(explained.stdout, /used: a user name with a password \(credHelpers in /);
  });

  it("its own configure-docker ignores a host that is not given with a flag", async (t) => {
    if (!requirePrograms(t, "docker-credential-gcr")) return;
    const { folder, environment } = await open();
    const program = findProgram("docker-credential-gcr") ?? "";
    const positional = await runProgram(program, ["configure-docker", HOST], { env: environment });
    assert.equal(positional.code, 0);
    assert.doesNotMatch(await folder.read("docker/config.json"), new RegExp(HOST));
    const flagged = await runProgram(program, ["configure-docker", `--registries=${HOST}`], { env: environment });
    assert.equal(flagged.code, 0);
    assert.match(await folder.read("docker/config.json"), new RegExp(HOST));
  });
});

describe("with the real gcloud", () => {
  it("keys, impersonation and the helper work with the doubles", async (t) => {
    if (!requireForeignProgram(t, "gcloud") || !requireForeignProgram(t, "docker-credential-gcloud")) return;
    const { services, folder, environment, imgsync } = await open();
    const activated = await runProgram(
      "gcloud",
      ["auth", "activate-service-account", `--key-file=${join(folder.path, "key.json")}`],
      { env: environment },
    );
    assert.equal(activated.code, 0, activated.stderr);
    await folder.write(
      "images.yaml",
      `version: 1
registries:
  ${HOST}: { auth: { gcloud: true } }
  us-docker.pkg.dev: { auth: { gcloud: true, impersonate: ${OTHER} } }
  asia-docker.pkg.dev: { auth: { helper: gcloud } }
images: [{ source: "docker.io/library/a:1", target: docker.io/library/b }]
`,
    );
    for (const host of [HOST, "us-docker.pkg.dev"]) {
      const explained = await imgsync("auth", "explain", "-f", "images.yaml", host);
      assert.equal(explained.code, 0, explained.stdout);
    }
    assert.ok(services.count(":generateAccessToken") >= 1);
    const helper = await imgsync("auth", "explain", "-f", "images.yaml", "asia-docker.pkg.dev");
    assert.match(helper.stdout, /5[45] minutes left/);
  });
});

describe("the double of the metadata server", () => {
  it("refuses requests without the Metadata-Flavor header and requests through a proxy", async () => {
    const { services } = await open();
    const url = `${services.url}/computeMetadata/v1/instance/service-accounts/default/token`;
    const flavor = { "metadata-flavor": "Google" };
    assert.equal((await fetchOnce(url)).status, 403);
    assert.equal((await fetchOnce(url, { headers: { ...flavor, "x-forwarded-for": "10.0.0.1" } })).status, 403);
    assert.equal((await fetchOnce(url, { headers: flavor })).status, 200);
  });
});
