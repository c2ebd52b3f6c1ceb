import assert from "node:assert/strict";
import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { createDockerAuthConfig, createDockerConfig } from "../../src/credentials/docker-config.ts";
import { createHelpers } from "../../src/credentials/helper.ts";
import type { CredentialSource } from "../../src/credentials/source/source.ts";
import { ImgsyncError } from "../../src/model/error.ts";
import { instantClock } from "../support/client.ts";
import { revealed } from "./support/revealed.ts";
import { base64, helperBody, NOT_FOUND_BODY, openWorkshop, type Workshop } from "./support/workshop.ts";

const signal = new AbortController().signal;
const name = "~/.docker/config.json";
const SECRET = "hunter2";

let workshop: Workshop;
before(async () => {
  workshop = await openWorkshop();
  await workshop.writeProgram("docker-credential-own", helperBody({ Username: "own", Secret: "own-secret" }));
  await workshop.writeProgram("docker-credential-store", helperBody({ Username: "store", Secret: "store-secret" }));
  await workshop.writeProgram("docker-credential-empty", NOT_FOUND_BODY);
  await workshop.writeProgram("docker-credential-broken", `echo ${SECRET}; exit 1`);
});
after(() => workshop.remove());

async function sourceOf(content: unknown): Promise<CredentialSource> {
  const path = await workshop.writeFile("config.json", content);
  return createDockerConfig({
    file: { path, name },
    helpers: createHelpers({ exec: workshop.exec, clock: instantClock() }),
  });
}

async function find(source: CredentialSource, host: string) {
  return revealed(await source.find({ host, path: "some/repository" }, { signal }));
}

const auth = base64(`user:${SECRET}:with:colons`);

describe("docker's config.json", () => {
  it("asks credHelpers before credsStore before auths", async () => {
    const source = await sourceOf({
      credHelpers: { "own.test": "own" },
      credsStore: "store",
      auths: { "own.test": { auth } },
    });
    assert.equal((await find(source, "own.test"))?.["origin"], `credHelpers in ${name}`);
    assert.equal((await find(source, "other.test"))?.["origin"], `credsStore in ${name}`);
    const plain = await sourceOf({ auths: { "plain.test": { auth } } });
    assert.deepEqual(await find(plain, "plain.test"), {
      kind: "basic",
      username: "user",
      password: `${SECRET}:with:colons`,
      origin: `auths in ${name}`,
    });
    assert.equal(await find(plain, "unknown.test"), undefined);
  });

  const nothing: readonly (readonly [string, unknown])[] = [
    ["for auths", { auths: null }],
    ["for credHelpers and credsStore", { credHelpers: null, credsStore: null, auths: {} }],
    ["for an entry of auths", { auths: { "own.test": null, "other.test": { auth } } }],
    ["for the auth of an entry", { auths: { "own.test": { auth: null, identitytoken: null, username: null } } }],
    ["for the whole file", null],
  ];
  for (const [what, content] of nothing) {
    it(`treats null ${what} as absent`, async () => {
      const source = await sourceOf(content);
      assert.equal(await find(source, "own.test"), undefined);
    });
  }

  it("treats null for the helper of a host as an empty name, which disables credsStore", async () => {
    const source = await sourceOf({
      credHelpers: { "own.test": null },
      credsStore: "store",
      auths: { "own.test": { auth } },
    });
    assert.equal((await find(source, "own.test"))?.["origin"], `auths in ${name}`);
    assert.equal((await find(source, "other.test"))?.["origin"], `credsStore in ${name}`);
  });

  it("has no credentials when the configured helper has none, even with auths", async () => {
    const source = await sourceOf({
      credHelpers: { "h.test": "empty" },
      credsStore: "own",
      auths: { "h.test": { auth } },
    });
    assert.equal(await find(source, "h.test"), undefined);
  });

  it("fails only the host whose configured helper fails", async () => {
    const source = await sourceOf({
      credHelpers: { "h.test": "broken" },
      auths: { "h.test": { auth }, "o.test": { auth } },
    });
    await assert.rejects(find(source, "h.test"), { code: "CREDENTIALS_FAILED" });
    assert.equal((await find(source, "o.test"))?.["username"], "user");
  });

  it("uses neither a helper nor credsStore for a host with an empty helper name", async () => {
    const source = await sourceOf({
      credHelpers: { "h.test": "" },
      credsStore: "store",
      auths: { "h.test": { auth } },
    });
    assert.equal((await find(source, "h.test"))?.["origin"], `auths in ${name}`);
  });

  it("matches credHelpers only by the bare host, auths also by URL", async () => {
    const source = await sourceOf({
      credHelpers: { "https://h.test": "own" },
      auths: {
        "https://h.test": { auth },
        "https://v.test/v1/": { auth },
        "p.test:5000": { auth },
        "n.test/space": { auth },
      },
    });
    assert.equal((await find(source, "h.test"))?.["origin"], `auths in ${name}`);
    assert.equal((await find(source, "v.test"))?.["username"], "user");
    assert.equal((await find(source, "p.test:5000"))?.["username"], "user");
    assert.equal(await find(source, "p.test"), undefined);
    assert.equal(await find(source, "n.test"), undefined);
  });

  it("uses Docker Hub's old URL in auths, in credHelpers and for helpers", async () => {
    const key = "https://index.docker.io/v1/";
    assert.equal((await find(await sourceOf({ auths: { [key]: { auth } } }), "docker.io"))?.["username"], "user");
    assert.equal((await find(await sourceOf({ credHelpers: { [key]: "own" } }), "docker.io"))?.["username"], "own");
    assert.ok((await workshop.log()).includes(`get ${key}`));
  });

  it("reads tokens and separate user names and passwords, and ignores an empty entry", async () => {
    const source = await sourceOf({
      auths: {
        "registry.test": { auth, identitytoken: "id", registrytoken: "bearer" },
        "identity.test": { auth, identitytoken: "id" },
        "apart.test": { username: "me", password: "pw" },
        "empty.test": {},
      },
    });
    assert.deepEqual(await find(source, "registry.test"), {
      kind: "registry-token",
      token: "bearer",
      origin: `auths in ${name}`,
    });
    assert.equal((await find(source, "identity.test"))?.["token"], "id");
    assert.equal((await find(source, "apart.test"))?.["password"], "pw");
    assert.equal(await find(source, "empty.test"), undefined);
  });

  it("has no credentials without a file, and is read once", async () => {
    const helpers = createHelpers({ exec: workshop.exec, clock: instantClock() });
    const path = join(workshop.folder, "no/such/config.json");
    assert.equal(await find(createDockerConfig({ file: { path, name }, helpers }), "h.test"), undefined);
    const source = await sourceOf({ auths: { "h.test": { auth } } });
    assert.equal((await find(source, "h.test"))?.["username"], "user");
    await workshop.writeFile("config.json", "{");
    assert.equal((await find(source, "h.test"))?.["username"], "user");
  });

  it("may start with a byte-order mark, be empty, or have a key named __proto__", async () => {
    const source = await sourceOf(`\uFEFF{"auths":{"__proto__":{"auth":"${auth}"},"h.test":{"auth":"${auth}"}}}`);
    assert.equal((await find(source, "h.test"))?.["username"], "user");
    assert.equal(await find(source, "constructor"), undefined);
    assert.equal(await find(await sourceOf(""), "h.test"), undefined);
  });

  const broken: readonly (readonly [string, unknown])[] = [
    ["not JSON", `{"auths": {"h.test": {"auth": "${SECRET}"} ${SECRET}`],
    ["short and not JSON", SECRET],
    ["a list", `["${SECRET}"]`],
    ["auths that is a string", { auths: SECRET }],
    ["an entry that is a string", { auths: { "h.test": SECRET } }],
    ["a helper that is a number", { credHelpers: { "h.test": 1 } }],
    ["auth that is not base64", { auths: { "h.test": { auth: `${SECRET}!` } } }],
    ["auth without a colon", { auths: { "h.test": { auth: base64(SECRET) } } }],
    ["too large", `{"auths":{"h.test":{"auth":"${SECRET}${"x".repeat(5_000_000)}"}}}`],
  ];
  for (const [what, content] of broken) {
    it(`causes an error that names the file but none of its content: ${what}`, async () => {
      const source = await sourceOf(content);
      await assert.rejects(find(source, "h.test"), (thrown) => {
        assert.ok(thrown instanceof ImgsyncError && thrown.code === "CREDENTIALS_FAILED");
        assert.ok(thrown.message.includes(name));
        const all = JSON.stringify(thrown.details) + String(thrown.stack) + String(thrown.cause);
        assert.ok(!all.includes(SECRET) && !all.includes(base64(SECRET).slice(0, 6)));
        return true;
      });
    });
  }

  it("causes an error if its path is a folder", async () => {
    const path = join(workshop.folder, "folder.json");
    await mkdir(path);
    const source = createDockerConfig({
      file: { path, name },
      helpers: createHelpers({ exec: workshop.exec, clock: instantClock() }),
    });
    await assert.rejects(find(source, "h.test"), { code: "CREDENTIALS_FAILED", message: `${name} is a folder` });
  });
});

describe("DOCKER_AUTH_CONFIG", () => {
  it("contains auths like the file, and causes an error without its content if it is invalid", async () => {
    const source = createDockerAuthConfig(JSON.stringify({ auths: { "h.test": { auth } }, credsStore: "broken" }));
    assert.equal((await find(source, "h.test"))?.["origin"], "auths in DOCKER_AUTH_CONFIG");
    assert.equal(await find(source, "other.test"), undefined);
    await assert.rejects(find(createDockerAuthConfig(`{${SECRET}`), "h.test"), (thrown) => {
      assert.ok(thrown instanceof ImgsyncError && thrown.code === "CREDENTIALS_FAILED");
      return !JSON.stringify(thrown.details).includes(SECRET);
    });
  });
});
