import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { crictlLogin } from "../../../src/programs/crictl/login.ts";
import { secret } from "../../../src/model/secret.ts";

const basic = (username: string, password: string) =>
  ({ kind: "basic", username, password: secret(password), origin: "the test" }) as const;

describe("the login of crictl", () => {
  it("has the user and a password that can contain colons", () => {
    assert.deepEqual(crictlLogin(basic("robot", "a:b:c")), { CRICTL_CREDS: "robot:a:b:c", CRICTL_AUTH: undefined });
  });

  it("is removed from the environment when there are no credentials", () => {
    assert.deepEqual(crictlLogin(undefined), { CRICTL_CREDS: undefined, CRICTL_AUTH: undefined });
  });

  it("is refused, without showing the secret, when crictl could not parse it", () => {
    const token = { kind: "identity-token", token: secret("hidden"), origin: "the test" } as const;
    for (const credential of [token, basic("ro:bot", "hidden"), basic("robot", "hidden\0")]) {
      assert.throws(
        () => crictlLogin(credential),
        (thrown: Error) => /CREDENTIALS_FAILED/.test(JSON.stringify(thrown)) && !thrown.message.includes("hidden"),
      );
    }
  });
});
