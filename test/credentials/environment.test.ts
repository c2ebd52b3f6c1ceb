import assert from "node:assert/strict";
import { describe, it } from "node:test";
import * as fc from "fast-check";
import { createEnvironmentCredentials } from "../../src/credentials/environment.ts";
import { environmentName } from "../../src/model/environment-name.ts";
import { revealed } from "./support/revealed.ts";

const signal = new AbortController().signal;

async function find(environment: Record<string, string>, host: string) {
  return revealed(await createEnvironmentCredentials(environment).find({ host, path: "a" }, { signal }));
}

describe("credentials in the environment", () => {
  it("are found by the host's name", async () => {
    const environment = {
      IMGSYNC_USERNAME_EU__WEST1_EXAMPLE_COM___5000: "me",
      IMGSYNC_PASSWORD_EU__WEST1_EXAMPLE_COM___5000: "pw",
    };
    assert.deepEqual(await find(environment, "eu-west1.example.com:5000"), {
      kind: "basic",
      username: "me",
      password: "pw",
      origin: "IMGSYNC_USERNAME_EU__WEST1_EXAMPLE_COM___5000",
    });
    assert.equal(await find(environment, "eu.west1.example.com:5000"), undefined);
  });

  it("are absent when both variables are empty, and an error when only one is set", async () => {
    assert.equal(await find({ IMGSYNC_USERNAME_H_TEST: "", IMGSYNC_PASSWORD_H_TEST: "" }, "h.test"), undefined);
    await assert.rejects(find({ IMGSYNC_USERNAME_H_TEST: "me" }, "h.test"), { code: "CREDENTIALS_FAILED" });
    await assert.rejects(find({ IMGSYNC_PASSWORD_H_TEST: "hunter2" }, "h.test"), (thrown) => {
      return thrown instanceof Error && !thrown.message.includes("hunter2");
    });
  });

  it("are read without a byte-order mark, spaces and line ends that a file or shell of any system adds to a token", async () => {
    const host = "u-france-east1-docker.s3nsregistry.fr";
    const suffix = environmentName(host);
    for (const text of ["ya29.token\n", "ya29.token\r\n", "\uFEFFya29.token\r\n", " ya29.token "]) {
      const login = { [`IMGSYNC_USERNAME_${suffix}`]: "oauth2accesstoken\r\n", [`IMGSYNC_PASSWORD_${suffix}`]: text };
      for (const environment of [login, { [`IMGSYNC_ACCESS_TOKEN_${suffix}`]: text }]) {
        const found = await find(environment, host);
        assert.equal(found?.["username"], "oauth2accesstoken");
        assert.equal(found["password"], "ya29.token");
      }
    }
  });

  it("are never shared by two hosts", () => {
    const part = fc.stringMatching(/^[a-z0-9]{1,3}(?:-{1,3}[a-z0-9]{1,2}){0,2}$/);
    const port = fc.option(fc.stringMatching(/^[0-9]{1,2}$/), { nil: undefined });
    const host = fc
      .tuple(fc.array(part, { minLength: 1, maxLength: 3 }), port)
      .map(([parts, port]) => parts.join(".") + (port === undefined ? "" : `:${port}`));
    fc.assert(
      fc.property(host, host, (one, other) => {
        assert.notEqual(environmentName(one), "");
        assert.equal(environmentName(one) === environmentName(other), one === other);
      }),
    );
    const alike = ["a.b-c.d", "a-b.c.d", "a.b.c.d", "a--b.c.d", "a.b.c:1", "a.b.c.1", "a.b.c-1"];
    assert.equal(new Set(alike.map(environmentName)).size, alike.length);
  });

  it("do not exist for hosts that a variable's name cannot contain", () => {
    for (const host of ["[::1]:5000", "under_score.test", ""]) assert.equal(environmentName(host), "");
  });
});
