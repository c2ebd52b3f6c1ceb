import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { createCredentials } from "../../src/credentials/chain.ts";
import { createContainersAuth } from "../../src/credentials/containers-auth.ts";
import { createDockerConfig } from "../../src/credentials/docker-config.ts";
import { createEnvironmentCredentials } from "../../src/credentials/environment.ts";
import { createGcloud } from "../../src/credentials/gcloud.ts";
import { createHelpers } from "../../src/credentials/helper.ts";
import type { RegistryAuth } from "../../src/model/sync-manifest.ts";
import { instantClock } from "../support/client.ts";
import { revealed } from "./support/revealed.ts";
import { base64, helperBody, NOT_FOUND_BODY, openWorkshop, type Workshop } from "./support/workshop.ts";

const signal = new AbortController().signal;
const SECRET = "hunter2";

let workshop: Workshop;
before(async () => {
  workshop = await openWorkshop();
  await workshop.writeProgram("docker-credential-own", helperBody({ Username: "own", Secret: SECRET }));
  await workshop.writeProgram("docker-credential-empty", NOT_FOUND_BODY);
  await workshop.writeProgram("docker-credential-broken", `echo ${SECRET}; exit 1`);
  await workshop.writeProgram("gcloud", `echo gcloud >> "$LOG"; echo ${SECRET}`);
});
after(() => workshop.remove());

const entry = { auth: base64(`file:${SECRET}`) };
const DOCKER = {
  credHelpers: { "empty.test": "empty", "broken.test": "broken" },
  auths: { "docker.test": entry, "env.test": entry, "explicit.test": entry, "a-docker.pkg.dev": entry },
};
const CONTAINERS = { auths: { "containers.test/team": entry, "empty.test": entry, "broken.test": entry } };

async function chainWith(
  auth: Record<string, RegistryAuth> = {},
  { untrusted = false, own = {} }: { untrusted?: boolean; own?: Record<string, RegistryAuth> } = {},
) {
  const helpers = createHelpers({ exec: workshop.exec, clock: instantClock() });
  const docker = { path: await workshop.writeFile("config.json", DOCKER), name: "docker" };
  const containers = { path: await workshop.writeFile("auth.json", CONTAINERS), name: "containers" };
  return createCredentials({
    auth: [
      new Map(Object.entries(own).map(([key, one]) => [key, { auth: one, place: "own.yaml" }])),
      new Map(Object.entries(auth).map(([key, one]) => [key, { auth: one, place: "images.yaml" }])),
    ],
    sources: [
      createEnvironmentCredentials({ IMGSYNC_USERNAME_ENV_TEST: "env", IMGSYNC_PASSWORD_ENV_TEST: SECRET }),
      createDockerConfig({ file: docker, helpers }),
      createContainersAuth({ file: containers, helpers }),
    ],
    helpers,
    gcloud: createGcloud({ exec: workshop.exec, clock: instantClock() }),
    google: { find: async () => undefined, tokenOfKey: async () => undefined },
    accessToken: async () => undefined,
    untrusted,
  });
}

const at = (host: string, path = "team/app") => ({ host, path });

describe("the credential chain", () => {
  it("takes the first source with credentials: environment, docker, containers, none", async () => {
    const chain = await chainWith();
    const origin = async (host: string, path?: string) => (await chain.find(at(host, path), { signal }))?.origin;
    assert.equal(await origin("env.test"), "IMGSYNC_USERNAME_ENV_TEST");
    assert.equal(await origin("docker.test"), "auths in docker");
    assert.equal(await origin("containers.test"), "auths in containers");
    assert.equal(await origin("containers.test", "other/app"), undefined);
    assert.equal(await origin("empty.test"), "auths in containers");
  });

  it("fails a host whose helper fails, although a later source has credentials", async () => {
    const chain = await chainWith();
    await assert.rejects(chain.find(at("broken.test"), { signal }), { code: "CREDENTIALS_FAILED" });
  });

  it("uses only auth in images.yaml for a host that has it", async () => {
    const chain = await chainWith({
      "explicit.test": { kind: "helper", name: "own" },
      "docker.test": { kind: "anonymous" },
      "env.test": { kind: "helper", name: "empty" },
      "a-docker.pkg.dev": { kind: "gcloud" },
      "evil.test": { kind: "gcloud" },
    });
    const find = async (host: string) => revealed(await chain.find(at(host), { signal }));
    assert.equal((await find("explicit.test"))?.["origin"], "auth: { helper: own } in images.yaml");
    assert.equal(await find("docker.test"), undefined);
    await assert.rejects(find("env.test"), /docker-credential-empty has no credentials for "env.test"/);
    assert.equal((await find("a-docker.pkg.dev"))?.["username"], "oauth2accesstoken");
    await assert.rejects(find("evil.test"), { code: "CREDENTIALS_FAILED" });
  });

  it("prefers auth of the user's settings to that of images.yaml, however long its prefix", async () => {
    const manifest: Record<string, RegistryAuth> = {
      "explicit.test": { kind: "anonymous" },
      "explicit.test/team": { kind: "helper", name: "broken" },
      "docker.test": { kind: "anonymous" },
    };
    const own: Record<string, RegistryAuth> = { "explicit.test": { kind: "helper", name: "own" } };
    const chain = await chainWith(manifest, { own });
    const found = await chain.find(at("explicit.test"), { signal });
    assert.equal(found?.origin, "auth: { helper: own } in own.yaml");
    assert.equal(await chain.find(at("docker.test"), { signal }), undefined);
    assert.deepEqual(await chain.explain(at("docker.test"), { signal }), [
      { source: "auth: { anonymous: true } in images.yaml", outcome: { kind: "none" } },
    ]);
    assert.equal(chain.authOf(at("explicit.test"))?.place, "own.yaml");
    const other = await chainWith(manifest, { own: { "explicit.test/other": { kind: "anonymous" } } });
    assert.equal(other.authOf(at("explicit.test"))?.place, "images.yaml");
    assert.equal(other.authOf(at("explicit.test", "other/app"))?.place, "own.yaml");
  });

  it("takes the auth of the longest prefix of the repository", async () => {
    const chain = await chainWith({
      "docker.test": { kind: "anonymous" },
      "docker.test/team": { kind: "helper", name: "own" },
      "docker.test/team/app/sub": { kind: "anonymous" },
      "env.test/team": { kind: "helper", name: "own" },
    });
    const origin = async (host: string, path: string) => (await chain.find(at(host, path), { signal }))?.origin;
    assert.equal(await origin("docker.test", "other/app"), undefined);
    assert.equal(await origin("docker.test", "team/app"), "auth: { helper: own } in images.yaml");
    assert.equal(await origin("docker.test", "team/app/sub/x"), undefined);
    assert.equal(await origin("docker.test", "teams/app"), undefined);
    assert.equal(await origin("env.test", "team"), "auth: { helper: own } in images.yaml");
    assert.equal(await origin("env.test", "other"), "IMGSYNC_USERNAME_ENV_TEST");
  });

  it("returns nothing and runs nothing when the manifest is untrusted", async () => {
    const before = await workshop.log();
    const chain = await chainWith({ "explicit.test": { kind: "helper", name: "own" } }, { untrusted: true });
    for (const host of ["explicit.test", "env.test", "docker.test", "containers.test", "broken.test"]) {
      assert.equal(await chain.find(at(host), { signal }), undefined);
      assert.deepEqual(await chain.explain(at(host), { signal }), []);
    }
    assert.deepEqual(await workshop.log(), before);
  });

  it("explains its steps without secrets", async () => {
    const chain = await chainWith();
    const steps = await chain.explain(at("containers.test"), { signal });
    assert.deepEqual(steps, [
      { source: "IMGSYNC_USERNAME_<HOST> in the environment", outcome: { kind: "none" } },
      { source: "docker", outcome: { kind: "none" } },
      { source: "containers", outcome: { kind: "found", credential: "basic", origin: "auths in containers" } },
    ]);
    const docker = await chain.explain(at("docker.test"), { signal });
    assert.deepEqual(
      docker.map(({ outcome }) => outcome.kind),
      ["none", "found", "not-asked"],
    );
    const broken = await chain.explain(at("broken.test"), { signal });
    assert.ok(broken.some(({ outcome }) => outcome.kind === "failed"));
    assert.doesNotMatch(JSON.stringify([steps, broken]), new RegExp(`${SECRET}|${base64(SECRET).slice(0, 6)}`));
  });
});
