import assert from "node:assert/strict";
import { chmod, mkdir, rm } from "node:fs/promises";
import { describe, it } from "node:test";
import { environmentName } from "../../src/model/environment-name.ts";
import { AR_HOST, AR_PATH, AR_TOKEN, openArtifactRegistryWorld } from "../support/artifact-registry-world.ts";
import { startArtifactRegistry } from "../support/artifact-registry/server.ts";
import { makeFolder, runCli } from "../support/cli.ts";
import { smallImage } from "../support/images.ts";
import { createScope } from "../support/scope.ts";
import { squeeze } from "./support/squeeze.ts";

const { registry: start, onEnd } = createScope();
const SUFFIX = environmentName(AR_HOST);
const ANONYMOUS = { [`IMGSYNC_USERNAME_${SUFFIX}`]: "", [`IMGSYNC_PASSWORD_${SUFFIX}`]: "" };
const UNIVERSE = "gcloud config set core/universe_domain s3nsapis.fr && ";
const LOGIN = `no credentials were found for ${AR_HOST}: run ${UNIVERSE}gcloud auth login && imgsync auth configure ${AR_HOST}; on a VM or node of that cloud, set auth: { metadata: true } for the host instead`;

/** Artifact Registry's double, which gives anonymous clients a token and then 403, and a token that expired. */
async function world() {
  const double = await startArtifactRegistry({
    // no request gets that far
    upstream: "127.0.0.1:1",
    repositories: [{ name: AR_PATH }],
    users: [{ kind: "access-token", token: AR_TOKEN, role: "writer", expiresAt: 1 }],
  });
  onEnd(double.stop);
  const source = await start();
  source.putImage("app", "v1", smallImage(1));
  const opened = await openArtifactRegistryWorld(double.host, { onEnd, repository: {} });
  const images = (auth = "") => `version: 1
registries: { "${source.host}": { plainHttp: true }${auth} }
images:
  - { source: "${source.host}/app:v1", target: ${AR_HOST}/${AR_PATH}/app }
  - { source: "${AR_HOST}/${AR_PATH}/base:v1", target: ${source.host}/base }
`;
  await opened.folder.write("images.yaml", images());
  return { ...opened, images };
}

/** Asserts that all hints in a text are this one, and that there is one. */
function assertHint(text: string, hint: string): void {
  const hints = text.match(/hint: .*/g) ?? [];
  assert.ok(hints.length > 0, text);
  for (const one of hints) assert.ok(one.startsWith(`hint: ${hint}`), one);
}

describe("without credentials for Artifact Registry", () => {
  it("plan reports that there are none, for source and target, and how to log in", async () => {
    const { run } = await world();
    const { code, stdout } = await run(["plan"], ANONYMOUS);
    assert.equal(code, 1);
    assert.match(stdout, /answered 403 to .*Unauthenticated request/);
    assert.equal(stdout.split("hint: ").length - 1, 2);
    assertHint(stdout, LOGIN);
  });

  it("list, pull and explain report the same", async () => {
    const { run, folder } = await world();
    await mkdir(`${folder.path}/bin`);
    await folder.write("bin/docker", "#!/bin/sh\nexit 0\n");
    await chmod(`${folder.path}/bin/docker`, 0o700);
    const environment = { ...ANONYMOUS, PATH: `${folder.path}/bin:${process.env["PATH"]}` };
    const image = `${AR_HOST}/${AR_PATH}/app`;
    for (const args of [
      ["list", image],
      ["pull", "--with", "docker"],
      ["pull", "--print"],
      ["explain", `${image}:v1`],
    ]) {
      const { code, stdout, stderr } = await run(args, environment);
      assert.equal(code, 1, stdout + stderr);
      assert.ok((stdout + stderr).includes(`hint: ${LOGIN}`), `${args.join(" ")}: ${stdout}${stderr}`);
    }
  });

  it("doctor reports it as the problem, once for each repository, and for a host alone", async () => {
    const { run, folder } = await world();
    const { code, stdout } = await run(["doctor"], { ...ANONYMOUS, PATH: "/nowhere" });
    assert.equal(code, 1);
    assert.match(
      squeeze(stdout),
      /problem credentials none; the registry refuses anonymous requests\n hint: no credentials/,
    );
    assert.equal(stdout.split(LOGIN).length - 1, 2);
    assert.match(
      squeeze(stdout),
      /warning immutable unknown: .* needs an access token, and there are no credentials for/,
    );
    await rm(`${folder.path}/images.yaml`);
    const host = await run(["doctor", AR_HOST], { ...ANONYMOUS, PATH: "/nowhere" });
    assert.match(squeeze(host.stdout), /warning credentials none; the registry refuses/);
  });

  it("reports other reasons than a missing login", async () => {
    const { run, folder, images } = await world();
    const untrusted = await run(["plan", "--untrusted"]);
    assert.match(untrusted.stdout, new RegExp(`hint: no credentials are loaded for ${AR_HOST}: .*--untrusted`));
    await folder.write("images.yaml", images(`, ${AR_HOST}: { auth: { anonymous: true } }`));
    const anonymous = await run(["plan"]);
    assert.match(anonymous.stdout, /hint: auth: \{ anonymous: true \}.* sends no credentials to/);
  });
});

describe("with an access token that has expired", () => {
  const REFUSED = "was refused: access tokens live 60 minutes; for a new one run";

  it("the error shows the lifetime, and the command that sets the variable again", async () => {
    const { run } = await world();
    const { stdout } = await run(["plan"]);
    const variable = `IMGSYNC_PASSWORD_${SUFFIX}`;
    const command = `${UNIVERSE}export ${variable}="$(gcloud auth print-access-token)"`;
    assertHint(stdout, `the access token from IMGSYNC_USERNAME_${SUFFIX} ${REFUSED} ${command}`);
    const token = { ...ANONYMOUS, [`IMGSYNC_ACCESS_TOKEN_${SUFFIX}`]: AR_TOKEN };
    const other = await run(["plan"], token);
    assertHint(
      other.stdout,
      `the access token from IMGSYNC_ACCESS_TOKEN_${SUFFIX} ${REFUSED} ${UNIVERSE}export IMGSYNC_ACCESS`,
    );
    assert.ok(!`${stdout}${other.stdout}`.includes(AR_TOKEN));
  });

  it("the error shows docker login if the token came from one", async () => {
    const { run, folder } = await world();
    const auth = Buffer.from(`oauth2accesstoken:${AR_TOKEN}`).toString("base64");
    await mkdir(`${folder.path}/.docker`);
    await folder.write(".docker/config.json", JSON.stringify({ auths: { [AR_HOST]: { auth } } }));
    const { stdout } = await run(["plan"], ANONYMOUS);
    const login = `gcloud auth print-access-token | docker login -u oauth2accesstoken --password-stdin https://${AR_HOST}`;
    assertHint(stdout, `the access token from auths in ~/.docker/config.json ${REFUSED} ${UNIVERSE}${login}`);
  });
});

describe("without credentials for any other registry", () => {
  it("a 403 after an anonymous token is reported as a missing login, but not with credentials", async () => {
    const users = { ada: "s3cret" };
    const registry = await start({
      auth: { kind: "token", users, access: () => true },
      onRequest: ({ kind }) =>
        kind === "manifest"
          ? { kind: "answer", status: 403, body: '{"errors":[{"code":"DENIED","message":"denied"}]}' }
          : undefined,
    });
    const folder = await makeFolder({
      "images.yaml": `version: 1
registries: { "${registry.host}": { plainHttp: true } }
images: [{ source: "${registry.host}/app:v1", target: ${registry.host}/copy }]
`,
    });
    onEnd(folder.remove);
    const plan = (environment = {}) => runCli(["plan"], { cwd: folder.path, environment });
    const without = await plan();
    assert.match(
      without.stdout,
      new RegExp(`hint: no credentials were found for ${registry.host}: run docker login ${registry.host}`),
    );
    const suffix = environmentName(registry.host);
    const given = { [`IMGSYNC_USERNAME_${suffix}`]: "ada", [`IMGSYNC_PASSWORD_${suffix}`]: "s3cret" };
    const withThem = await plan(given);
    assert.match(withThem.stdout, /hint: the credentials lack a permission, or the repository does not exist/);
    assert.doesNotMatch(withThem.stdout, /no credentials/);
  });
});
