import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { createDockerAuthConfig } from "../../../src/credentials/docker-config.ts";
import { createEnvironmentCredentials } from "../../../src/credentials/environment.ts";
import { endOfToken } from "../../../src/credentials/source/token-end.ts";

const END = new Date("2026-01-01T12:00:00Z");
const SECONDS = END.getTime() / 1000;
const { signal } = new AbortController();
const repository = { host: "registry.test", path: "app" };

const webToken = (payload: object) => ["{}", JSON.stringify(payload), "sign"].map(base64url).join(".");
const ecrPassword = (content: object) => Buffer.from(JSON.stringify(content)).toString("base64");
const ECR = { payload: "x".repeat(40), datakey: "x", version: "2", type: "DATA_KEY", expiration: SECONDS };

describe("the expiry of a token", () => {
  it("is read from a JSON Web Token and from an ECR password", () => {
    assert.deepEqual(endOfToken(webToken({ exp: SECONDS })), { expiresAt: END });
    assert.deepEqual(endOfToken(ecrPassword(ECR)), { expiresAt: END });
  });

  it("is unknown for everything else", () => {
    const others = ["", "password", "a.b.c", "dckr_pat_x", "x".repeat(80), webToken({}), webToken({ exp: "1" })];
    const strange = [
      webToken([]),
      webToken({ exp: 1e300 }),
      webToken({ exp: -1 }),
      ecrPassword({ ...ECR, expiration: null }),
    ];
    for (const text of [...others, ...strange, "A".repeat(100_000)]) assert.deepEqual(endOfToken(text), {}, text);
  });

  it("is known for credentials in DOCKER_AUTH_CONFIG and in IMGSYNC_PASSWORD variables", async () => {
    const token = webToken({ exp: SECONDS });
    const auth = Buffer.from(`user:${token}`).toString("base64");
    for (const entry of [
      { auth },
      { identitytoken: token },
      { registrytoken: token },
      { username: "u", password: token },
    ]) {
      const file = createDockerAuthConfig(JSON.stringify({ auths: { "registry.test": entry } }));
      assert.deepEqual((await file.find(repository, { signal }))?.expiresAt, END, Object.keys(entry).join());
    }
    const names = { IMGSYNC_USERNAME_REGISTRY_TEST: "u", IMGSYNC_PASSWORD_REGISTRY_TEST: token };
    assert.deepEqual((await createEnvironmentCredentials(names).find(repository, { signal }))?.expiresAt, END);
  });
});

function base64url(text: string): string {
  return Buffer.from(text).toString("base64url");
}
