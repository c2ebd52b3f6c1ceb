import assert from "node:assert/strict";
import { mkdir } from "node:fs/promises";
import { delimiter, dirname, join } from "node:path";
import process from "node:process";
import { describe, it, type TestContext } from "node:test";
import { S3NS_HOST } from "../support/artifact-registry/options.ts";
import { KEY, startS3ns } from "../support/artifact-registry/s3ns.ts";
import { makeFolder, runCli } from "../support/cli.ts";
import { startDockerd } from "../support/dockerd.ts";
import { ACCOUNT, startGoogleServices } from "../support/google/services.ts";
import { smallImage } from "../support/images.ts";
import { findProgram, requireForeignProgram, requirePrograms, requireRoot, runProgram } from "../support/programs.ts";
import { pushImage } from "../support/push-image.ts";
import { createScope } from "../support/scope.ts";

const { onEnd } = createScope();
const ROBOT = "robot@my-project.s3ns.iam.gserviceaccount.com";
const TOKENS: Readonly<Record<string, string>> = {
  [ACCOUNT]: "ya29.test-token-of-the-caller",
  [ROBOT]: "ya29.test-token-of-the-robot",
};
const IMAGE = `${S3NS_HOST}/my-project/my-repo/test-image:staging`;

type Role = "reader" | "writer";

/**
 * Starts the registry under its real name, which accepts the tokens of two accounts, and the services that issue them. gcloud has the
 * caller's token, and docker its own config.json.
 */
async function open(roles: { readonly caller: Role; readonly robot?: Role }, mayActAs: readonly string[] = [ROBOT]) {
  const services = await startGoogleServices({ mayActAs, tokenOf: (account) => TOKENS[account] ?? "" });
  onEnd(services.stop);
  const user = (account: string, role: Role) => ({ kind: "access-token", token: TOKENS[account] ?? "", role }) as const;
  const key = { kind: "key", key: KEY, role: "writer" } as const;
  const s3ns = await startS3ns({ users: [user(ACCOUNT, roles.caller), user(ROBOT, roles.robot ?? "reader"), key] });
  onEnd(s3ns.stop);
  const folder = await makeFolder({ token: TOKENS[ACCOUNT] ?? "" });
  onEnd(folder.remove);
  await mkdir(join(folder.path, "docker"));
  await folder.write("docker/config.json", '{"auths":{"other.example.com":{"auth":"YTpi"}}}');
  // the metadata server has to issue a token before the services accept it
  const flavor = { headers: { "metadata-flavor": "Google" } };
  await fetch(`${services.url}/computeMetadata/v1/instance/service-accounts/default/token`, flavor);
  const gcr = findProgram("docker-credential-gcr");
  const environment = {
    PATH: [process.env["PATH"] ?? "", ...(gcr === undefined ? [] : [dirname(gcr)])].join(delimiter),
    HOME: folder.path,
    DOCKER_CONFIG: join(folder.path, "docker"),
    GCE_METADATA_HOST: services.host,
    CLOUDSDK_CONFIG: join(folder.path, "gcloud"),
    CLOUDSDK_CORE_DISABLE_PROMPTS: "1",
    CLOUDSDK_CORE_DISABLE_USAGE_REPORTING: "1",
    CLOUDSDK_COMPONENT_MANAGER_DISABLE_UPDATE_CHECK: "1",
    CLOUDSDK_CORE_CHECK_GCE_METADATA: "false",
    CLOUDSDK_AUTH_ACCESS_TOKEN_FILE: join(folder.path, "token"),
    CLOUDSDK_API_ENDPOINT_OVERRIDES_IAMCREDENTIALS: `${services.url}/`,
  };
  return {
    services,
    s3ns,
    folder,
    environment,
    imgsync: async (...args: readonly string[]) => {
      const { enter, environment: trust } = s3ns.hosts;
      const result = await runCli(args, { cwd: folder.path, enter, environment: { ...environment, ...trust } });
      for (const token of Object.values(TOKENS)) assert.ok(!`${result.stdout}${result.stderr}`.includes(token));
      return result;
    },
  };
}

type Opened = Awaited<ReturnType<typeof open>>;

/** Starts dockerd with an image, and returns the docker command line with the user's own config.json. */
async function openDocker({ s3ns, environment }: Opened) {
  const dockerd = await startDockerd(s3ns.hosts);
  onEnd(dockerd.stop);
  await dockerd.importImage(IMAGE, "pushed by docker itself");
  return {
    docker: async (args: readonly string[], input = "") => {
      const env = { ...environment, DOCKER_HOST: dockerd.host };
      const { code, stdout, stderr } = await runProgram("docker", args, { env, input });
      return { code, output: `${Buffer.from(stdout).toString("utf8")}${stderr}` };
    },
    remove: () => dockerd.docker("rmi", IMAGE),
  };
}

function ready(t: TestContext): boolean {
  return requirePrograms(t, "docker", "dockerd", "docker-registry", "openssl") && requireRoot(t);
}

/** Pushes and pulls with docker itself, by tag and by digest. */
async function proveDocker({ docker, remove }: Awaited<ReturnType<typeof openDocker>>): Promise<void> {
  const pushed = await docker(["push", IMAGE]);
  assert.equal(pushed.code, 0, pushed.output);
  await remove();
  const digest = /sha256:[a-f0-9]{64}/.exec(pushed.output)?.[0] ?? "";
  for (const reference of [IMAGE, IMAGE.replace(/:staging$/, `@${digest}`)]) {
    const pulled = await docker(["pull", reference]);
    assert.equal(pulled.code, 0, pulled.output);
    assert.ok(pulled.output.includes(digest), pulled.output);
  }
}

describe("after imgsync auth configure for a host that gcloud ignores", () => {
  it("docker pushes and pulls with gcloud's helper, which it could not after gcloud's own command", async (t) => {
    if (!ready(t) || !requireForeignProgram(t, "gcloud") || !requireForeignProgram(t, "docker-credential-gcloud"))
      return;
    const opened = await open({ caller: "writer" });
    const { environment, imgsync, folder } = opened;
    const local = await openDocker(opened);
    const theirs = await runProgram("gcloud", ["auth", "configure-docker", S3NS_HOST, "--quiet"], { env: environment });
    assert.equal(theirs.code, 0, theirs.stderr);
    const refused = await local.docker(["push", IMAGE]);
    assert.equal(refused.code, 1);
    assert.match(refused.output, /denied: Unauthenticated request/);

    const configured = await imgsync("auth", "configure", S3NS_HOST);
    assert.equal(configured.code, 1, "gcloud's helper refuses the host until the next command has run");
    const [, command = ""] = /run: (gcloud config set \S+ true)/.exec(configured.stderr) ?? [];
    const [program = "", ...args] = command.split(" ");
    assert.equal((await runProgram(program, args, { env: environment })).code, 0, configured.stderr);
    const again = await imgsync("auth", "configure", S3NS_HOST);
    assert.equal(again.code, 0, again.stderr);
    await proveDocker(local);
    const { auths, credHelpers } = JSON.parse(await folder.read("docker/config.json"));
    assert.deepEqual(auths, { "other.example.com": { auth: "YTpi" } });
    assert.equal(credHelpers[S3NS_HOST], "gcloud");
  });

  it("docker pushes and pulls with docker-credential-gcr, which it could not after that program's own command", async (t) => {
    if (!ready(t) || !requirePrograms(t, "docker-credential-gcr")) return;
    const opened = await open({ caller: "writer" });
    const { environment, imgsync } = opened;
    const local = await openDocker(opened);
    const gcr = findProgram("docker-credential-gcr") ?? "";
    assert.equal((await runProgram(gcr, ["configure-docker", S3NS_HOST], { env: environment })).code, 0);
    const refused = await local.docker(["push", IMAGE]);
    assert.equal(refused.code, 1);
    assert.match(refused.output, /denied: Unauthenticated request/);
    const configured = await imgsync("auth", "configure", S3NS_HOST, "--helper", "gcr");
    assert.equal(configured.code, 0, configured.stderr);
    await proveDocker(local);
  });
});

/** Writes images.yaml with the settings of the target, and pushes its source. */
async function declare({ s3ns, folder }: Opened, settings: string): Promise<void> {
  await pushImage(s3ns.upstream, "my-project/source", "v1", smallImage(1));
  await folder.write(
    "images.yaml",
    `version: 1
registries:
  ${s3ns.upstream}: { plainHttp: true }
  ${S3NS_HOST}: ${settings}
images:
  - { source: ${s3ns.upstream}/my-project/source:v1, target: ${S3NS_HOST}/my-project/my-repo/app, referrers: false }
`,
  );
}

describe("after docker login with the password on stdin", () => {
  const key = JSON.stringify(KEY);
  for (const [name, user, password] of [
    ["imgsync uses an access token, which docker stored", "oauth2accesstoken", TOKENS[ACCOUNT] ?? ""],
    ["imgsync uses a key in base64, which docker stored", "_json_key_base64", Buffer.from(key).toString("base64")],
    ["imgsync uses a key as it is, which docker stored", "_json_key", key],
  ] as const) {
    it(name, async (t) => {
      if (!ready(t)) return;
      const opened = await open({ caller: "writer" });
      const { docker } = await openDocker(opened);
      await declare(opened, "{}");
      const before = await opened.imgsync("apply", "--yes");
      assert.equal(before.code, 1, before.stdout);
      const login = ["login", "-u", user, "--password-stdin", `https://${S3NS_HOST}`];
      const loggedIn = await docker(login, `${password}\n`);
      assert.equal(loggedIn.code, 0, loggedIn.output);
      const after = await opened.imgsync("apply", "--yes");
      assert.equal(after.code, 0, after.stdout + after.stderr);
      const pulled = await docker(["pull", `${S3NS_HOST}/my-project/my-repo/app:v1`]);
      assert.equal(pulled.code, 0, pulled.output);
    });
  }
});

describe("a service account that the real gcloud impersonates", () => {
  it("pushes what its caller may not push", async (t) => {
    if (!ready(t) || !requireForeignProgram(t, "gcloud")) return;
    const opened = await open({ caller: "reader", robot: "writer" });
    await declare(opened, "{ auth: { gcloud: true } }");
    const caller = await opened.imgsync("apply", "--yes");
    assert.equal(caller.code, 1, caller.stdout + caller.stderr);
    assert.match(caller.stdout.replaceAll(/\s+/g, " "), /uploadArtifacts" denied on resource/);
    assert.equal(opened.services.count(":generateAccessToken"), 0);
    await declare(opened, `{ auth: { gcloud: true, impersonate: ${ROBOT} } }`);
    const robot = await opened.imgsync("apply", "--yes");
    assert.equal(robot.code, 0, robot.stdout + robot.stderr);
    assert.equal(opened.services.count(`/serviceAccounts/${ROBOT}:generateAccessToken`), 1);
  });

  it("needs a role, which the error names", async (t) => {
    if (!ready(t) || !requireForeignProgram(t, "gcloud")) return;
    const opened = await open({ caller: "writer" }, []);
    await declare(opened, `{ auth: { gcloud: true, impersonate: ${ROBOT} } }`);
    const refused = await opened.imgsync("plan");
    assert.equal(refused.code, 1, refused.stdout + refused.stderr);
    assert.match(refused.stdout, new RegExp(`gcloud may not act as "${ROBOT}"`));
    assert.match(refused.stdout, /roles\/iam\.serviceAccountTokenCreator/);
    assert.ok(opened.s3ns.registry.log.every(({ headers }) => headers.authorization === undefined));
  });
});
