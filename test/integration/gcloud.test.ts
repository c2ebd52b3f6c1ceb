import assert from "node:assert/strict";
import { mkdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, it, type TestContext } from "node:test";
import { makeFolder, runCli } from "../support/cli.ts";
import { cleanUpAfterEach } from "../support/clean-up.ts";
import { requireForeignProgram, runProgram } from "../support/programs.ts";

const onEnd = cleanUpAfterEach();
const HOST = "u-france-east1-docker.s3nsregistry.fr";
const TOKEN = "token-that-must-stay-secret";
const ALLOW = "CLOUDSDK_ARTIFACTS_ALLOW_UNRECOGNIZED_REGISTRY";

/** Prepares gcloud with its own state and a token from a file, so that it does not use the network. */
async function gcloud(t: TestContext) {
  if (!requireForeignProgram(t, "gcloud") || !requireForeignProgram(t, "docker-credential-gcloud")) return undefined;
  const folder = await makeFolder({ token: TOKEN });
  onEnd(folder.remove);
  await mkdir(join(folder.path, "docker"));
  const environment = {
    HOME: folder.path,
    CLOUDSDK_CONFIG: join(folder.path, "gcloud"),
    CLOUDSDK_CORE_DISABLE_PROMPTS: "1",
    CLOUDSDK_CORE_DISABLE_USAGE_REPORTING: "1",
    CLOUDSDK_COMPONENT_MANAGER_DISABLE_UPDATE_CHECK: "1",
    CLOUDSDK_CORE_CHECK_GCE_METADATA: "false",
    CLOUDSDK_AUTH_ACCESS_TOKEN_FILE: join(folder.path, "token"),
    DOCKER_CONFIG: join(folder.path, "docker"),
  };
  return {
    environment,
    config: () => readFile(join(folder.path, "docker", "config.json"), "utf8").catch(() => undefined),
    run: async (args: readonly string[], more: Readonly<Record<string, string>> = {}) => {
      const result = await runCli(args, { cwd: folder.path, environment: { ...environment, ...more } });
      assert.doesNotMatch(result.stdout + result.stderr, new RegExp(TOKEN));
      return result;
    },
  };
}

describe("with the real gcloud", () => {
  it("gcloud's own configure-docker does nothing for a host outside its list, and exits 0", async (t) => {
    const made = await gcloud(t);
    if (made === undefined) return;
    const result = await runProgram("gcloud", ["auth", "configure-docker", HOST, "--quiet"], { env: made.environment });
    assert.equal(result.code, 0);
    assert.match(result.stderr, /is not a supported registry/);
    assert.doesNotMatch((await made.config()) ?? "", new RegExp(HOST));
  });

  it("auth configure writes the host, fails, and shows the command that fixes it", async (t) => {
    const made = await gcloud(t);
    if (made === undefined) return;
    const result = await made.run(["auth", "configure", HOST]);
    assert.equal(result.code, 1);
    assert.match(result.stderr, /gcloud config set artifacts\/allow_unrecognized_registry true/);
    assert.deepEqual(JSON.parse((await made.config()) ?? ""), { credHelpers: { [HOST]: "gcloud" } });
  });

  it("auth configure succeeds after that command, and with the variable", async (t) => {
    const made = await gcloud(t);
    if (made === undefined) return;
    const withVariable = await made.run(["auth", "configure", HOST], { [ALLOW]: "true" });
    assert.equal(withVariable.code, 0, withVariable.stderr);
    const set = ["config", "set", "artifacts/allow_unrecognized_registry", "true"];
    assert.equal((await runProgram("gcloud", set, { env: made.environment })).code, 0);
    const withProperty = await made.run(["auth", "configure", HOST]);
    assert.equal(withProperty.code, 0, withProperty.stderr);
    assert.match(withProperty.stdout, new RegExp(`docker-credential-gcloud answers for ${HOST}`));
    const explained = await made.run(["auth", "explain", `${HOST}/my-project/my-repo/nginx`]);
    assert.match(explained.stdout, /used: a user name with a password \(credHelpers in /);
  });

  it("auth configure without an account shows both commands that such a host needs", async (t) => {
    const made = await gcloud(t);
    if (made === undefined) return;
    const result = await made.run(["auth", "configure", HOST], { CLOUDSDK_AUTH_ACCESS_TOKEN_FILE: "" });
    assert.equal(result.code, 1);
    assert.match(
      result.stderr,
      /run: gcloud config set core\/universe_domain s3nsapis\.fr && gcloud auth login; .*allow_unrecognized_registry true/s,
    );
  });

  it("auth configure succeeds at once for a host in gcloud's list", async (t) => {
    const made = await gcloud(t);
    if (made === undefined) return;
    const result = await made.run(["auth", "configure", "europe-west1-docker.pkg.dev"]);
    assert.equal(result.code, 0, result.stderr);
  });
});
