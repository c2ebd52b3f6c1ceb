import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { adviseOnDenial } from "../../../src/registry/auth/advice.ts";
import type { Credential } from "../../../src/model/credential.ts";
import { defaultHostSettings } from "../../../src/model/host-settings.ts";
import { secret } from "../../../src/model/secret.ts";
import { calm } from "../../support/scope.ts";

const refused = { registry: defaultHostSettings("r.test"), repository: { host: "r.test", path: "app" }, ...calm };
const CREDENTIAL: Credential = { kind: "basic", username: "ada", password: secret("s3cret"), origin: "here" };
const at = (realm: string) => ({ scheme: "bearer", realm }) as const;

describe("advice on a 403", () => {
  it("is to log in without credentials, and nothing with them", async () => {
    const without = { find: async () => undefined };
    assert.match((await adviseOnDenial(without, refused, undefined)) ?? "", /no credentials were found for r\.test/);
    const withThem = { find: async () => CREDENTIAL };
    for (const challenge of [undefined, { scheme: "basic" } as const, at("https://r.test/token"), at("no address")]) {
      assert.equal(await adviseOnDenial(withThem, refused, challenge), undefined);
    }
  });

  it("is to trust the token service that did not get the credentials", async () => {
    const advice = await adviseOnDenial({ find: async () => CREDENTIAL }, refused, at("https://tokens.test/"));
    assert.match(advice ?? "", /token service tokens\.test is on another host .* trustedRealms of "r\.test"/);
  });
});
