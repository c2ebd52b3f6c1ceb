import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { dockerAuthFile } from "../../../src/programs/docker/auth-file.ts";
import { secret } from "../../../src/model/secret.ts";

const basic = { kind: "basic", username: "me", password: secret("p:w"), origin: "the test" } as const;

describe("the credentials for docker", () => {
  it("are those of the given hosts, with an empty entry for a host without credentials", () => {
    const text = dockerAuthFile([
      { host: "registry.test:5000", credential: basic },
      { host: "open.test", credential: undefined },
    ]);
    assert.deepEqual(JSON.parse(text), { auths: { "registry.test:5000": { auth: "bWU6cDp3" }, "open.test": {} } });
  });

  it("use the names of docker and podman for Docker Hub", () => {
    const { auths } = JSON.parse(dockerAuthFile([{ host: "docker.io", credential: basic }]));
    assert.deepEqual(Object.keys(auths), ["https://index.docker.io/v1/", "docker.io"]);
  });

  it("can be tokens", () => {
    const token = secret("tok");
    const text = dockerAuthFile([
      { host: "a.test", credential: { kind: "identity-token", token, origin: "" } },
      { host: "b.test", credential: { kind: "registry-token", token, origin: "" } },
    ]);
    assert.deepEqual(JSON.parse(text).auths, {
      "a.test": { auth: Buffer.from("<token>:").toString("base64"), identitytoken: "tok" },
      "b.test": { registrytoken: "tok" },
    });
  });
});
