import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { crictlLogin } from "../../../src/programs/crictl/login.ts";
import { secret } from "../../../src/model/secret.ts";

const basic = (username: string, password: string) =>
  ({ kind: "basic", username, password: secret(password), origin: "the test" }) as const;

describe("what crictl logs in with", () => {
  it("is user and password, the password with its colons", () => {
    assert.deepEqual(crictlLogin(basic("robot", "a:b:c")), { CRICTL_CREDS: "robot:a:b:c", CRICTL_AUTH: undefined });
  });

  it("is nothing where there are no credentials, also if the environment has some for another registry", () => {
    assert.deepEqual(crictlLogin(undefined), { CRICTL_CREDS: undefined, CRICTL_AUTH: undefined });
  });

  it("is refused, without a word of the secret, where crictl could not read it", () => {
    const token = { kind: "identity-token", token: secret("hidden"), origin: "the test" } as const;
    for (const credential of [token, basic("ro:bot", "hidden"), basic("robot", "hidden\0")]) {
      assert.throws(
        () => crictlLogin(credential),
        (thrown: Error) => /CREDENTIALS_FAILED/.test(JSON.stringify(thrown)) && !thrown.message.includes("hidden"),
      );
    }
  });
});
