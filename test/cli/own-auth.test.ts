import assert from "node:assert/strict";
import { chmod, mkdir } from "node:fs/promises";
import { join } from "node:path";
import { describe, it } from "node:test";
import { environmentName } from "../../src/model/environment-name.ts";
import { AR_HOST, AR_PATH, openArtifactRegistryWorld } from "../support/artifact-registry-world.ts";
import { makeFolder, runCli } from "../support/cli.ts";
import { ACCOUNT, startGoogleServices } from "../support/google/services.ts";
import { smallImage } from "../support/images.ts";
import { createScope } from "../support/scope.ts";
import { squeeze } from "./support/squeeze.ts";

const { registry: start, onEnd } = createScope();
const HOST = "europe-docker.pkg.dev";
const VARIABLE = `IMGSYNC_AUTH_${environmentName(HOST)}`;

/** One images.yaml that names gcloud, a gcloud and a helper that answer, and a machine with a metadata server. */
async function machine(manifest = `registries: { ${HOST}: { auth: { gcloud: true } } }`) {
  const services = await startGoogleServices();
  onEnd(services.stop);
  const folder = await makeFolder({
    "images.yaml": `version: 1\n${manifest}\nimages: [{ source: "docker.io/library/a:1", target: docker.io/library/b }]\n`,
  });
  onEnd(folder.remove);
  await mkdir(join(folder.path, "bin"));
  await mkdir(join(folder.path, ".config/imgsync"), { recursive: true });
  const program = async (name: string, body: string): Promise<void> => {
    await folder.write(`bin/${name}`, `#!/bin/sh\n${body}\n`);
    await chmod(join(folder.path, "bin", name), 0o700);
  };
  await program("gcloud", "echo ya29.of-gcloud");
  await program("docker-credential-own", `echo '{"Username":"ada","Secret":"s3cret-of-ada"}'`);
  const run = (args: readonly string[], environment: Readonly<Record<string, string>> = {}) =>
    runCli(args, {
      cwd: folder.path,
      environment: { PATH: `${folder.path}/bin:/usr/bin:/bin`, GCE_METADATA_HOST: services.host, ...environment },
    });
  const explain = async (args: readonly string[] = [], environment: Readonly<Record<string, string>> = {}) => {
    const { stdout, stderr } = await run(["auth", "explain", "-f", "images.yaml", HOST, ...args], environment);
    return squeeze(stdout + stderr);
  };
  return { folder, services, run, explain };
}

describe("auth in your own settings", () => {
  it("lets one images.yaml serve CI, nodes and laptops, and auth explain shows where it comes from", async () => {
    const { folder, explain } = await machine();
    assert.match(await explain(), /auth: \{ gcloud: true \} in images\.yaml a user name .*\nused: .*gcloud auth print/);
    const node = await explain([], { [VARIABLE]: "metadata" });
    assert.match(
      node,
      new RegExp(`auth: { metadata: true } in ${VARIABLE} a user name .*\\nused: .*the metadata server`),
    );
    await folder.write(".config/imgsync/config.yaml", `registries: { ${HOST}: { auth: { helper: own } } }\n`);
    assert.match(await explain(), /auth: \{ helper: own \} in ~\/\.config\/imgsync\/config\.yaml:1:40 a user name/);
    assert.match(await explain([], { [VARIABLE]: "metadata" }), new RegExp(`in ${VARIABLE} a user name`));
    assert.match(
      await explain(["--auth", `${HOST}=anonymous`], { [VARIABLE]: "metadata" }),
      /in --auth nothing\nused: no/,
    );
  });

  it("is used by plan, also for parts of a registry, and not for an untrusted manifest", async () => {
    const services = await startGoogleServices({ universe: "s3nsapis.fr" });
    onEnd(services.stop);
    const users: Record<string, string> = {};
    const registry = await start({
      auth: { kind: "token", users },
      onRequest: () => void (users["oauth2accesstoken"] = services.tokens.at(-1) ?? "none"),
    });
    registry.putImage(`${AR_PATH}/app`, "v1", smallImage(1));
    const { run, folder } = await openArtifactRegistryWorld(registry.host, { onEnd, repository: {} });
    await folder.write(
      "images.yaml",
      `version: 1
registries: { ${AR_HOST}: { auth: { keyFile: nowhere.json } } }
images: [{ source: "${AR_HOST}/${AR_PATH}/app:v1", target: ${AR_HOST}/${AR_PATH}/copy }]
`,
    );
    const environment = { GCE_METADATA_HOST: services.host };
    const without = await run(["plan"], environment);
    assert.match(without.stdout, /"nowhere\.json" is not a file/);
    for (const key of [AR_HOST, `${AR_HOST}/${AR_PATH}`]) {
      const planned = await run(["plan", "--auth", `${key}=metadata`], environment);
      assert.equal(planned.code, 0, planned.stdout + planned.stderr);
    }
    const asked = services.seen.length;
    const untrusted = await run(["plan", "--untrusted", "--auth", `${AR_HOST}=metadata`], environment);
    assert.equal(untrusted.code, 1);
    assert.equal(services.seen.length, asked);
  });

  it("decides which programs doctor needs", async () => {
    const { run } = await machine();
    const doctor = async (...args: readonly string[]) => {
      const { stdout } = await run(["doctor", HOST, ...args], { PATH: "/nowhere" });
      return squeeze(stdout);
    };
    assert.match(await doctor(), /problem gcloud "gcloud" is not a program on the PATH/);
    assert.match(await doctor("--auth", `${HOST}=metadata`), /ok gcloud not installed/);
    assert.match(
      await doctor("--auth", `${HOST}={ helper: own }`),
      /problem docker-credential-own .*\n hint: .*change the auth/,
    );
  });

  it("may name a key file anywhere, which images.yaml must not", async () => {
    const elsewhere = await makeFolder();
    onEnd(elsewhere.remove);
    const keyFile = join(elsewhere.path, "key.json");
    const { services, run } = await machine(`registries: { us-docker.pkg.dev: { auth: { keyFile: "${keyFile}" } } }`);
    await elsewhere.write("key.json", JSON.stringify(services.makeKey()));
    const flags = ["-f", "images.yaml", "--auth", `${HOST}={ keyFile: "${keyFile}" }`];
    const own = await run(["auth", "explain", HOST, ...flags]);
    assert.equal(own.code, 0, own.stdout);
    assert.match(squeeze(own.stdout), new RegExp(`in --auth a user name .*the key of ${ACCOUNT} in ${keyFile}`));
    const theirs = await run(["auth", "explain", "us-docker.pkg.dev", ...flags]);
    assert.equal(theirs.code, 1);
    assert.match(theirs.stdout, /failed: .*is not a file in the manifest's folder/);
  });

  it("is an error of the settings if it is wrong", async () => {
    const { run } = await machine();
    const { code, stderr } = await run(["plan", "--auth", `${HOST}=gclod`]);
    assert.equal(code, 1);
    assert.match(
      stderr,
      /error: --auth: "gclod" is not a source of credentials \[CONFIG_INVALID\]\n {2}hint: write anonymous, gcloud/,
    );
  });
});
