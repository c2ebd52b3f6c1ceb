import assert from "node:assert/strict";
import { after, before, describe, it, type TestContext } from "node:test";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Dockerd, startDockerd } from "../dockerd.ts";
import { findProgram, type ProgramName, requirePrograms, requireRoot, runProgram } from "../programs.ts";
import { pushImage } from "../push-image.ts";
import { twoPlatformIndex } from "../images.ts";
import { S3NS_HOST } from "./options.ts";
import { KEY, type S3ns, SECRETS, startS3ns } from "./s3ns.ts";

const NEEDED: readonly ProgramName[] = ["docker", "dockerd", "docker-registry", "skopeo", "openssl"];
const IMAGE = `${S3NS_HOST}/my-project/my-repo/test-image:staging`;
const FIXED = `${S3NS_HOST}/my-project/releases/test-image:v1`;

type Machine = { readonly s3ns: S3ns; readonly dockerd: Dockerd; readonly config: string };

let machine: Machine | undefined;
before(async () => {
  if (!NEEDED.every((name) => findProgram(name) !== undefined) || process.getuid?.() !== 0) return;
  const s3ns = await startS3ns();
  const { enter, environment } = s3ns.hosts;
  const dockerd = await startDockerd({ enter, environment });
  machine = { s3ns, dockerd, config: await mkdtemp(join(tmpdir(), "imgsync-docker-config-")) };
});
after(async () => {
  await machine?.dockerd.stop();
  await machine?.s3ns.stop();
  if (machine !== undefined) await rm(machine.config, { recursive: true });
});

/** Returns undefined and skips the test if this machine lacks something that it needs. */
function ready(t: TestContext): Machine | undefined {
  return requirePrograms(t, ...NEEDED) && requireRoot(t) ? machine : undefined;
}

async function login({ dockerd, config }: Machine, username: string, password: string): Promise<string> {
  const env = { DOCKER_HOST: dockerd.host, DOCKER_CONFIG: config };
  const args = ["login", "-u", username, "--password-stdin", `https://${S3NS_HOST}`];
  const { code, stdout, stderr } = await runProgram("docker", args, { env, input: password });
  return `${code} ${Buffer.from(stdout).toString("utf8")}${stderr}`;
}

async function docker({ dockerd, config }: Machine, ...args: readonly string[]): Promise<string> {
  const env = { DOCKER_HOST: dockerd.host, DOCKER_CONFIG: config };
  const { code, stdout, stderr } = await runProgram("docker", args, { env });
  return `${code} ${Buffer.from(stdout).toString("utf8")}${stderr}`;
}

describe("the double of Artifact Registry under its real name and over TLS", () => {
  it("lets docker log in with the right token or key, raw or in base64, and refuses others", async (t) => {
    const given = ready(t);
    if (given === undefined) return;
    const key = JSON.stringify(KEY);
    assert.match(await login(given, "oauth2accesstoken", SECRETS.token), /^0 .*Login Succeeded/s);
    assert.match(await login(given, "_json_key", key), /^0 /);
    assert.match(await login(given, "_json_key_base64", Buffer.from(key).toString("base64")), /^0 /);
    // docker retries over plain http on loopback, so its message is about that
    assert.match(await login(given, "oauth2accesstoken", "ya29.another"), /^1 /);
    assert.match(await login(given, "_json_key", Buffer.from(key).toString("base64")), /^1 /);
    assert.match(await login(given, "_json_key_base64", key), /^1 /);
  });

  it("accepts a push of docker, and serves the image by tag and by digest", async (t) => {
    const given = ready(t);
    if (given === undefined) return;
    await login(given, "oauth2accesstoken", SECRETS.token);
    await given.dockerd.importImage("my-image", "one");
    await docker(given, "tag", "my-image", IMAGE);
    given.s3ns.registry.clearLog();
    const pushed = await docker(given, "push", IMAGE);
    const digest = /staging: digest: (sha256:[a-f0-9]{64})/.exec(pushed)?.[1];
    assert.ok(digest !== undefined, pushed);
    assert.equal(given.s3ns.registry.countRequests({ method: "PATCH" }), 2, "one for each blob");
    assert.match(await docker(given, "pull", IMAGE), /^0 /);
    await docker(given, "image", "rm", "--force", IMAGE, "my-image");
    const pulled = await docker(given, "pull", `${IMAGE.replace(":staging", "")}@${digest}`);
    assert.match(pulled, /^0 .*Downloaded newer image/s);
    assert.ok(given.s3ns.storage.requests() > 0, "blobs come from the second host");
    assert.equal(given.s3ns.storage.authorizations(), 0);
  });

  it("refuses a moved tag with a message that docker prints, and accepts the same image again", async (t) => {
    const given = ready(t);
    if (given === undefined) return;
    await login(given, "_json_key", JSON.stringify(KEY));
    await given.dockerd.importImage(FIXED, "one");
    assert.match(await docker(given, "push", FIXED), /^0 /);
    assert.match(await docker(given, "push", FIXED), /^0 /);
    await given.dockerd.importImage(FIXED, "two");
    const sentence = "manifest invalid: cannot update tag v1. The repository has enabled tag immutability";
    const refused = await docker(given, "push", FIXED);
    assert.ok(refused.startsWith("1 ") && refused.includes(sentence), refused);
  });

  it("accepts a copy of skopeo, and refuses a moved tag", async (t) => {
    const given = ready(t);
    if (given === undefined) return;
    const { hosts, upstream, registry } = given.s3ns;
    const copy = (tag: string, to: string, credentials: string): Promise<{ code: number | null; stderr: string }> => {
      const from = `docker://${upstream}/outside/app:${tag}`;
      const flags = ["--all", "--src-tls-verify=false", "--dest-creds", credentials];
      const command = ["skopeo", "--insecure-policy", "copy", ...flags, from, `docker://${to}`] as const;
      const [name, ...args] = hosts.enter(command);
      return runProgram(name, args, { env: hosts.environment });
    };
    await pushImage(upstream, "outside/app", "v1", twoPlatformIndex(1));
    await pushImage(upstream, "outside/app", "v2", twoPlatformIndex(2));
    const target = `${S3NS_HOST}/my-project/releases/app:v1`;
    const writer = `oauth2accesstoken:${SECRETS.token}`;
    registry.clearLog();
    const first = await copy("v1", target, writer);
    assert.equal(first.code, 0, first.stderr);
    const moved = await copy("v2", target, writer);
    assert.equal(moved.code, 1);
    assert.match(moved.stderr, /cannot update tag v1\. The repository has enabled tag immutability/);
    const read = await copy("v2", `${S3NS_HOST}/my-project/my-repo/app:v2`, `oauth2accesstoken:${SECRETS.readerToken}`);
    assert.match(
      read.stderr,
      /Permission \\?"artifactregistry\.repositories\.uploadArtifacts\\?" denied on resource \\?"projects\/my-project\/locations\/u-france-east1\/repositories\/my-repo\\?" \(or it may not exist\)/,
    );
    const nowhere = await copy("v2", `${S3NS_HOST}/my-project/nowhere/app:v2`, writer);
    assert.match(nowhere.stderr, /my-project\/nowhere\/app: 403/);
  });
});
