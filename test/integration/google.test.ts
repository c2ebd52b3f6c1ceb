import assert from "node:assert/strict";
import { mkdir } from "node:fs/promises";
import { delimiter, dirname, join } from "node:path";
import { describe, it } from "node:test";
import { makeFolder, runCli } from "../support/cli.ts";
import { cleanUpAfterEach } from "../support/clean-up.ts";
import { fetchOnce } from "../support/http.ts";
import { startForwardProxy } from "../support/forward-proxy.ts";
import { ACCOUNT, startGoogleServices } from "../support/google/services.ts";
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

describe("a key of S3NS with Google's token_uri", () => {
  const S3NS = "u-france-east1-docker.s3nsregistry.fr";

  /** A proxy sees every name that a program connects to; the services are none of them. */
  async function openS3ns() {
    const opened = await open();
    const proxy = await startForwardProxy(opened.services.host);
    onEnd(proxy.stop);
    const key = opened.services.makeKey({
      token_uri: "https://oauth2.googleapis.com/token",
      universe_domain: "s3nsapis.fr",
    });
    await opened.folder.write("key.json", JSON.stringify(key));
    const { CLOUDSDK_AUTH_TOKEN_HOST: _, ...rest } = opened.environment;
    const environment = {
      ...rest,
      HTTPS_PROXY: proxy.url,
      GOOGLE_APPLICATION_CREDENTIALS: `${opened.folder.path}/key.json`,
    };
    const askedGoogle = (): boolean => [...proxy.seen, ...opened.services.seen.map(({ host }) => host)].some(isGoogle);
    return { ...opened, environment, askedGoogle };
  }

  function isGoogle(text: string): boolean {
    return text.includes("googleapis.com");
  }

  function claimsOf(token: string): Readonly<Record<string, unknown>> {
    return JSON.parse(Buffer.from(token.split(".")[1] ?? "", "base64url").toString("utf8"));
  }

  it("signs its own tokens in docker-credential-gcr and in imgsync", async (t) => {
    if (!requirePrograms(t, "docker-credential-gcr")) return;
    const { folder, environment, askedGoogle } = await openS3ns();
    const program = findProgram("docker-credential-gcr") ?? "";
    const given = await runProgram(program, ["get"], { env: environment, input: S3NS });
    const theirs = claimsOf(JSON.parse(Buffer.from(given.stdout).toString("utf8")).Secret);
    assert.deepEqual([theirs["iss"], theirs["sub"]], [ACCOUNT, ACCOUNT]);
    await folder.write(
      "images.yaml",
      `version: 1
registries: { ${S3NS}: { auth: { applicationDefault: true } } }
images: [{ source: "docker.io/library/a:1", target: docker.io/library/b }]
`,
    );
    const explained = await runCli(["auth", "explain", "-f", "images.yaml", S3NS], { cwd: folder.path, environment });
    assert.match(explained.stdout, /used: a user name with a password .*, (?:59|60) minutes left/);
    assert.ok(!askedGoogle());
  });

  it("signs its own tokens in gcloud, whose token imgsync gives only to hosts of that universe", async (t) => {
    if (!requireForeignProgram(t, "gcloud")) return;
    const { folder, environment, askedGoogle } = await openS3ns();
    const activate = ["auth", "activate-service-account", `--key-file=${join(folder.path, "key.json")}`];
    assert.equal((await runProgram("gcloud", activate, { env: environment })).code, 0);
    const { stdout } = await runProgram("gcloud", ["auth", "print-access-token"], { env: environment });
    const theirs = claimsOf(Buffer.from(stdout).toString("utf8"));
    assert.deepEqual([theirs["iss"], theirs["sub"], theirs["aud"]], [ACCOUNT, ACCOUNT, undefined]);
    await folder.write(
      "images.yaml",
      `version: 1
registries: { ${S3NS}: { auth: { gcloud: true } }, ${HOST}: { auth: { gcloud: true } } }
images: [{ source: "docker.io/library/a:1", target: docker.io/library/b }]
`,
    );
    const explain = (host: string) =>
      runCli(["auth", "explain", "-f", "images.yaml", host], { cwd: folder.path, environment });
    assert.match((await explain(S3NS)).stdout, /used: a user name with a password \(gcloud auth print-access-token\)/);
    const refused = await explain(HOST);
    assert.equal(refused.code, 1);
    assert.match(refused.stdout, /gcloud's active account does not belong to the universe "googleapis\.com"/);
    assert.ok(!askedGoogle());
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
