import assert from "node:assert/strict";
import { access } from "node:fs/promises";
import { join } from "node:path";
import process from "node:process";
import { describe, it } from "node:test";
import { setImmediate } from "node:timers/promises";
import { finished, makeFolder, startCli } from "../support/cli.ts";
import { startForwardProxy } from "../support/forward-proxy.ts";
import { listen } from "../support/embedded-registry/server.ts";
import { smallImage } from "../support/images.ts";
import { type JsonServer, startJsonServer } from "../support/json-server.ts";
import { createScope } from "../support/scope.ts";
import { type Sts, startSts } from "../support/sts.ts";

const { registry: start, onEnd } = createScope();
const HOST = "123456789012.dkr.ecr.eu-west-1.amazonaws.com";
const SECRET = "secret-key-that-must-stay-secret";
const BASE = { aws_access_key_id: "AKIDBASE", aws_secret_access_key: SECRET };
const ROLE = "arn:aws:iam::123456789012:role/plan";
const NO_MACHINE = { AWS_EC2_METADATA_DISABLED: "true" };

type World = { readonly environment?: Readonly<Record<string, string>>; readonly sts?: Sts };

/** Runs plan against doubles of an ECR host and its API, where updating v1 would move an immutable tag. */
async function world({ environment = {}, sts }: World = {}) {
  const source = await start();
  source.putImage("app", "v1", smallImage(2));
  const target = await start();
  target.putImage("team/app", "v1", smallImage(1));
  const api = await startJsonServer({ "POST /": { repositories: [{ imageTagMutability: "IMMUTABLE" }] } });
  onEnd(api.stop);
  const proxy = await startForwardProxy(target.host);
  onEnd(proxy.stop);
  const folder = await makeFolder({
    "mine.yaml": `registries:
  "${source.host}": { plainHttp: true }
  "${HOST}": { plainHttp: true, api: "http://${api.host}" }
`,
    "images.yaml": `version: 1
images: [{ source: "${source.host}/app:v1", target: "${HOST}/team/app", referrers: false }]
`,
  });
  onEnd(folder.remove);
  const outputs: string[] = [];
  const options = {
    cwd: folder.path,
    environment: {
      HTTP_PROXY: proxy.url,
      AWS_CONFIG_FILE: join(folder.path, "aws-config"),
      AWS_SHARED_CREDENTIALS_FILE: join(folder.path, "aws-credentials"),
      ...NO_MACHINE,
      ...(sts === undefined ? {} : { AWS_ENDPOINT_URL_STS: sts.url }),
      ...environment,
    },
  };
  const begin = (args: readonly string[] = [], permissions?: readonly string[]) =>
    startCli(["plan", "--config", "mine.yaml", ...args], { ...options, ...(permissions && { permissions }) });
  const run = async (args?: readonly string[], permissions?: readonly string[]) => {
    const result = await finished(begin(args, permissions));
    outputs.push(result.stdout, result.stderr);
    for (const hidden of [SECRET, "session-of-", "web.identity.token"]) assert.ok(!outputs.join("").includes(hidden));
    return result;
  };
  return { folder, api, run, begin, proxy };
}

/** The access key ID and the session token of the last API request. */
function shown(api: JsonServer): readonly (string | undefined)[] {
  const headers = api.log.at(-1)?.headers;
  const id = /Credential=([A-Z0-9]+)\/[0-9]{8}\/eu-west-1\/ecr\/aws4_request/.exec(headers?.authorization ?? "")?.[1];
  return [id, headers?.["x-amz-security-token"]?.toString()];
}

function ini(section: string, fields: Readonly<Record<string, string>>): string {
  const lines = Object.entries(fields).map(([name, value]) => `${name} = ${value}`);
  return `[${section}]\n${lines.join("\n")}\n`;
}

async function sts(options?: Parameters<typeof startSts>[0]): Promise<Sts> {
  const server = await startSts(options);
  onEnd(server.stop);
  return server;
}

describe("AWS credentials for the ECR API", () => {
  it("come from the environment, whatever the profile", async () => {
    const keys = { AWS_ACCESS_KEY_ID: "AKIDENV", AWS_SECRET_ACCESS_KEY: SECRET, AWS_PROFILE: "broken" };
    const { api, run } = await world({ environment: keys });
    assert.equal((await run()).code, 3);
    assert.deepEqual(shown(api), ["AKIDENV", undefined]);
  });

  it("come from the default profile", async () => {
    const { api, run, folder } = await world();
    await folder.write("aws-credentials", ini("default", BASE));
    const plan = await run();
    assert.equal(plan.code, 3, plan.stdout + plan.stderr);
    assert.match(plan.stdout, /blocked {2}v1 {2}by the registry .*: the repository has immutable tags/);
    assert.deepEqual(shown(api), ["AKIDBASE", undefined]);
  });

  it("come from STS for a role, with a request signed for the registry's region", async () => {
    const server = await sts();
    const { api, run, folder } = await world({ environment: { AWS_PROFILE: "plan" }, sts: server });
    await folder.write("aws-credentials", ini("base", BASE));
    await folder.write("aws-config", ini("profile plan", { role_arn: ROLE, source_profile: "base", external_id: "x" }));
    const plan = await run();
    assert.equal(plan.code, 3, plan.stdout + plan.stderr);
    assert.deepEqual(shown(api), ["ASIAROLE", "session-of-AssumeRole"]);
    const [asked, ...more] = server.log;
    assert.deepEqual(more, []);
    assert.deepEqual([asked?.action, asked?.role, asked?.signedBy], ["AssumeRole", ROLE, "AKIDBASE in eu-west-1"]);
  });

  it("come from STS for a web identity, as in an EKS pod", async () => {
    const server = await sts();
    const identity = { AWS_ROLE_ARN: ROLE, AWS_WEB_IDENTITY_TOKEN_FILE: "token" };
    const { api, run, folder } = await world({ environment: identity, sts: server });
    await folder.write("token", "web.identity.token");
    const plan = await run();
    assert.equal(plan.code, 3, plan.stdout + plan.stderr);
    assert.deepEqual(shown(api), ["ASIAROLE", "session-of-AssumeRoleWithWebIdentity"]);
    assert.equal(server.log[0]?.signedBy, undefined);
    assert.equal(server.log[0]?.webIdentity, "web.identity.token");
  });

  it("come from STS for a web identity in a profile", async () => {
    const server = await sts();
    const { api, run, folder } = await world({ sts: server });
    await folder.write("token", "web.identity.token");
    await folder.write("aws-config", ini("default", { role_arn: ROLE, web_identity_token_file: "token" }));
    const permissions = ["--allow-read", "--allow-env", "--allow-net", "--allow-sys=homedir,uid,osRelease"];
    const plan = await run([], permissions);
    assert.equal(plan.code, 3, plan.stdout + plan.stderr);
    assert.deepEqual(shown(api), ["ASIAROLE", "session-of-AssumeRoleWithWebIdentity"]);
  });

  it("come from the credential_process of a profile", async () => {
    const { api, run, folder } = await world();
    const keys = { Version: 1, AccessKeyId: "AKIDPROGRAM", SecretAccessKey: SECRET };
    await folder.write("keys.json", JSON.stringify(keys));
    await folder.write("aws-config", ini("default", { credential_process: "touch ran; cat keys.json" }));
    const plan = await run();
    assert.equal(plan.code, 3, plan.stdout + plan.stderr);
    assert.deepEqual(shown(api), ["AKIDPROGRAM", undefined]);
  });

  it("come from the container endpoint and from the instance metadata service, not through the proxy", async () => {
    const Expiration = new Date(Date.now() + 3_600_000).toISOString();
    const role = {
      Code: "Success",
      AccessKeyId: "ASIAMACHINE",
      SecretAccessKey: SECRET,
      Token: "session-of-it",
      Expiration,
    };
    const container = await startJsonServer({ "GET /keys": role }, ({ headers }) => headers.authorization === "pod");
    onEnd(container.stop);
    const pod = await world({
      environment: {
        AWS_CONTAINER_CREDENTIALS_FULL_URI: `http://${container.host}/keys`,
        AWS_CONTAINER_AUTHORIZATION_TOKEN: "pod",
      },
    });
    assert.equal((await pod.run()).code, 3);
    assert.deepEqual(shown(pod.api), ["ASIAMACHINE", "session-of-it"]);
    const machine = await metadataService(role);
    const node = await world({
      environment: { AWS_EC2_METADATA_DISABLED: "false", AWS_EC2_METADATA_SERVICE_ENDPOINT: machine },
    });
    assert.equal((await node.run()).code, 3);
    assert.deepEqual(shown(node.api), ["ASIAMACHINE", "session-of-it"]);
    assert.ok(![...pod.proxy.seen, ...node.proxy.seen].some((line) => line.includes("keys") || line.includes(machine)));
  });

  it("are not looked up for an untrusted manifest, and no credential_process runs", async () => {
    const { api, run, folder } = await world();
    await folder.write("aws-config", ini("default", { credential_process: "touch ran; cat keys.json" }));
    assert.match((await run(["--untrusted"])).stdout, /update {3}v1 /);
    assert.deepEqual(api.log, []);
    await assert.rejects(access(join(folder.path, "ran")));
  });

  it("leave immutability unknown when there are none", async () => {
    const { api, run } = await world();
    const plan = await run();
    assert.equal(plan.code, 0, plan.stderr);
    assert.match(
      plan.stdout,
      /update {3}v1 .*could not determine whether .*: no AWS credentials were found in the environment, prof/,
    );
    assert.deepEqual(api.log, []);
  });

  it("leave immutability unknown when they cannot be obtained, and the plan shows why without the output of programs", async () => {
    const refused = await sts({ refuses: true });
    const role = await world({ environment: { AWS_PROFILE: "plan" }, sts: refused });
    await role.folder.write("aws-credentials", ini("base", BASE));
    await role.folder.write("aws-config", ini("profile plan", { role_arn: ROLE, source_profile: "base" }));
    assert.match(
      (await role.run()).stdout,
      /note: could not determine whether .*: the AWS profile "plan" provides no keys: AccessDenied/,
    );

    const program = await world({ environment: { AWS_PROFILE: "mine" } });
    await program.folder.write(
      "aws-config",
      ini("profile mine", { credential_process: `echo once >> runs; echo ${SECRET} >&2; exit 7` }),
    );
    const failed = /could not determine whether .*: the credential_process of an AWS profile failed with exit code 7/;
    assert.match((await program.run()).stdout, failed);
    assert.equal(await program.folder.read("runs"), "once\n");

    const code = await world({ environment: { AWS_PROFILE: "mfa" } });
    await code.folder.write("aws-credentials", ini("base", BASE));
    const mfa = { role_arn: ROLE, source_profile: "base", mfa_serial: "arn:aws:iam::1:mfa/me" };
    await code.folder.write("aws-config", ini("profile mfa", mfa));
    assert.match((await code.run()).stdout, /the AWS profile "mfa" requires an MFA code/);

    const login = await world({ environment: { AWS_PROFILE: "sso" } });
    const session = { sso_start_url: "https://my.awsapps.test/start", sso_region: "eu-west-1", sso_account_id: "1" };
    await login.folder.write("aws-config", ini("profile sso", { ...session, sso_role_name: "plan" }));
    assert.match((await login.run()).stdout, /the login of the AWS profile "sso" has ended/);
  });

  it("do not delay an interrupted run, and a running credential_process ends with it", async () => {
    const { folder, begin } = await world();
    await folder.write("aws-config", ini("default", { credential_process: "echo $$ > began; sleep 300" }));
    const child = begin();
    const done = finished(child);
    const pid = await Promise.race([until(() => folder.read("began")), done.then(({ stderr }) => assert.fail(stderr))]);
    assert.ok(child.pid);
    process.kill(child.pid, "SIGINT");
    assert.equal((await done).code, 130);
    assert.throws(() => process.kill(Number(pid), 0), { code: "ESRCH" });
  });

  it("are not sent to a service without https", async () => {
    const server = { url: "http://sts.example.test", log: [], stop: async () => undefined };
    const { run, folder, proxy } = await world({ environment: { AWS_PROFILE: "plan" }, sts: server });
    await folder.write("aws-credentials", ini("base", BASE));
    await folder.write("aws-config", ini("profile plan", { role_arn: ROLE, source_profile: "base" }));
    assert.match(
      (await run()).stdout,
      /"http:\/\/sts\.example\.test" is not https, so no AWS credentials are sent there/,
    );
    assert.ok(!proxy.seen.some((line) => line.includes("sts.example.test")));
  });

  it("need no further Deno permissions than a plan", async () => {
    const server = await sts();
    const { api, run, folder } = await world({ environment: { AWS_PROFILE: "plan" }, sts: server });
    await folder.write("aws-credentials", ini("base", BASE));
    await folder.write("aws-config", ini("profile plan", { role_arn: ROLE, source_profile: "base" }));
    const plan = await run([], ["--allow-read", "--allow-env", "--allow-net", "--allow-sys=homedir,uid"]);
    assert.equal(plan.code, 3, plan.stdout + plan.stderr);
    assert.deepEqual(shown(api), ["ASIAROLE", "session-of-AssumeRole"]);
  });
});

/** Waits until a program has written something, and returns it. */
async function until(read: () => Promise<string>): Promise<string> {
  const signal = AbortSignal.timeout(30_000);
  for (;;) {
    const text = await read().catch(() => "");
    if (text !== "") return text;
    await setImmediate(undefined, { signal });
  }
}

/** An instance metadata service, version 2, of a machine with a role. */
async function metadataService(role: object): Promise<string> {
  const { host, stop } = await listen(undefined, (message, response) => {
    const isToken = message.method === "PUT" && message.url === "/latest/api/token";
    const isKnown = isToken || message.headers["x-aws-ec2-metadata-token"] === "session";
    const root = "/latest/meta-data/iam/security-credentials/";
    const answers = new Map([
      [root, "plan"],
      [`${root}plan`, JSON.stringify(role)],
    ]);
    const answer = isToken ? "session" : answers.get(message.url ?? "");
    response.writeHead(!isKnown ? 401 : answer === undefined ? 404 : 200);
    response.end(answer);
  });
  onEnd(stop);
  return `http://${host}`;
}
