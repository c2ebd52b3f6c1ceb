import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { registryAuth } from "../../../src/programs/docker/auth-header.ts";
import type { Credential } from "../../../src/model/credential.ts";
import { maskSecrets, secret } from "../../../src/model/secret.ts";

function sent(host: string, credential: Credential | undefined): unknown {
  const header = registryAuth(host, credential).reveal();
  assert.match(header, /^(?:[A-Za-z0-9_-]{4})*(?:[A-Za-z0-9_-]{2}==|[A-Za-z0-9_-]{3}=)?$/);
  return JSON.parse(Buffer.from(header, "base64url").toString("utf8"));
}

describe("the credential for the Docker Engine API", () => {
  it("is a user with a password, or a token, for the name that docker has for the host", () => {
    const user = { kind: "basic", username: "me", password: secret("pass-word"), origin: "" } as const;
    assert.deepEqual(sent("docker.io", user), {
      username: "me",
      password: "pass-word",
      serveraddress: "https://index.docker.io/v1/",
    });
    const token = secret("some-token");
    const address = { serveraddress: "a.test" };
    assert.deepEqual(sent("a.test", { kind: "identity-token", token, origin: "" }), {
      identitytoken: "some-token",
      ...address,
    });
    assert.deepEqual(sent("a.test", { kind: "registry-token", token, origin: "" }), {
      registrytoken: "some-token",
      ...address,
    });
  });

  it("is empty for anonymous access, and is masked in all output", () => {
    assert.deepEqual(sent("a.test", undefined), {});
    const header = registryAuth("a.test", { kind: "basic", username: "me", password: secret("pass-word"), origin: "" });
    assert.equal(maskSecrets(`X-Registry-Auth: ${header.reveal()}`), "X-Registry-Auth: ***");
  });
});
