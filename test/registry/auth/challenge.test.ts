import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import { parseChallenge } from "../../../src/registry/auth/challenge.ts";

describe("parseChallenge", () => {
  it("reads a quoted bearer challenge", () => {
    assert.deepEqual(
      parseChallenge(
        'Bearer realm="https://auth.docker.io/token",service="registry.docker.io",scope="repository:a/b:pull,push"',
      ),
      {
        scheme: "bearer",
        realm: "https://auth.docker.io/token",
        service: "registry.docker.io",
        scope: "repository:a/b:pull,push",
      },
    );
  });

  it("reads unquoted values, odd spacing and any letter case", () => {
    assert.deepEqual(parseChallenge("bearer REALM=https://h/token ,  Service=h"), {
      scheme: "bearer",
      realm: "https://h/token",
      service: "h",
    });
  });

  it("prefers bearer to basic, in either order", () => {
    assert.equal(parseChallenge('Basic realm="x", Bearer realm="https://h/t"')?.scheme, "bearer");
    assert.equal(parseChallenge('Bearer realm="https://h/t", Basic realm="x"')?.scheme, "bearer");
  });

  it("keeps escaped quotes in a value", () => {
    assert.deepEqual(parseChallenge(String.raw`Bearer realm="https://h/\"t\"",error="insufficient_scope"`), {
      scheme: "bearer",
      realm: 'https://h/"t"',
      error: "insufficient_scope",
    });
  });

  it("finds the first usable challenge among unusable ones, in any position", () => {
    for (const [header, expected] of [
      ['Negotiate, Basic realm="r"', "basic"],
      ["NTLM TlRMTVNTUAACAAAA==, Negotiate oYG2==, Basic", "basic"],
      ['Bearer error="invalid_token", Bearer realm="https://h/t"', "bearer"],
      ['Digest qop="auth", nonce="Basic", Bearer realm="https://h/t"', "bearer"],
      ['Bearer realm="", Basic realm="r"', "basic"],
      ['Bearer realm="registry", Basic realm="r"', "basic"],
      ['Basic realm="a, Bearer realm=https://h/t"', "basic"],
    ])
      assert.equal(parseChallenge(header ?? "")?.scheme, expected, header);
  });

  it("finds nothing in unknown schemes and in a bearer challenge without a realm", () => {
    assert.equal(parseChallenge('Negotiate abc=="'), undefined);
    assert.equal(parseChallenge('Bearer service="h"'), undefined);
    assert.equal(parseChallenge(""), undefined);
    assert.equal(parseChallenge(`Bearer realm="${"x".repeat(20_000)}"`), undefined);
  });

  it("accepts any text without throwing", () => {
    fc.assert(fc.property(fc.string({ unit: "binary", maxLength: 300 }), (text) => void parseChallenge(text)));
  });

  it("reads back quoted values", () => {
    const value = fc.stringMatching(/^[\x20-\x7e]{0,40}$/);
    fc.assert(
      fc.property(value, value, (realm, service) => {
        const quote = (text: string): string => `"${text.replaceAll(/["\\]/g, String.raw`\$&`)}"`;
        assert.deepEqual(parseChallenge(`Bearer realm=${quote(realm)}, service=${quote(service)}`), {
          scheme: "bearer",
          realm,
          service,
        });
      }),
    );
  });
});
