import assert from "node:assert/strict";
import { describe, it } from "node:test";
import * as fc from "fast-check";
import { createHeldSecrets } from "../../src/model/held-secrets.ts";

const PASSWORD = `Zk7/q+9"<&'%é x`;
const base64 = (text: string): string => Buffer.from(text, "utf8").toString("base64");

function holding(...secrets: readonly string[]) {
  const held = createHeldSecrets();
  for (const secret of secrets) held.hold(secret);
  return held;
}

describe("held secrets", () => {
  const forms: readonly (readonly [string, string])[] = [
    ["as plain text", PASSWORD],
    ["in JSON", JSON.stringify(PASSWORD)],
    ["in JSON with escaped slashes", JSON.stringify(PASSWORD).replaceAll("/", String.raw`\/`)],
    ["in a URL", encodeURIComponent(PASSWORD)],
    ["in a URL with lower-case escapes", encodeURIComponent(PASSWORD).toLowerCase()],
    ["in a form", new URLSearchParams({ a: PASSWORD }).toString()],
    [
      "in HTML",
      PASSWORD.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll('"', "&quot;").replaceAll("'", "&#39;"),
    ],
    ["in base64", base64(PASSWORD)],
    ["in base64url", Buffer.from(PASSWORD).toString("base64url")],
    ["in base64 in a URL", encodeURIComponent(base64(PASSWORD))],
    ...["u", "us", "usr", "robot$mirror"].map(
      (user) => [`as the password of "${user}" in base64`, base64(`${user}:${PASSWORD}`)] as const,
    ),
    ["in the base64 of a JSON document", base64(JSON.stringify({ password: "s0me-long.token_value" }))],
  ];
  for (const [how, text] of forms) {
    it(`are masked ${how}`, () => {
      // toLowerCase changes the password itself too, so that form is held as well
      const held = holding(PASSWORD, "zk7/q+9\"<&'%é x", "s0me-long.token_value");
      const masked = held.mask(`before ${text} after`);
      assert.match(masked, /^before .*\*\*\*.* after$/);
      for (const part of [PASSWORD, text.slice(-12), text.slice(8, 20)]) assert.ok(!masked.includes(part), masked);
    });
  }

  it("are masked when they are nested, adjacent or overlapping", () => {
    const held = holding("first-1", "second-2", "outer-first-1-outer", "1second");
    assert.equal(held.mask("first-1"), "***");
    assert.equal(held.mask("first-1 second-2"), "*** ***");
    assert.equal(held.mask("an outer-first-1-outer one"), "an *** one");
    assert.equal(held.mask("first-1second-2!"), "***!");
  });

  it("are masked when a long token is cut short", () => {
    const token = `eyJhbGciOiJSUzI1NiIsInR5cCI6IkpXVCJ9.${"payload".repeat(20)}.${"signature".repeat(20)}`;
    const held = holding(token);
    assert.equal(held.mask(`Bearer ${token.slice(0, 100)}`), "Bearer ***");
    assert.equal(held.mask(`{"token":"${token}","n":1}`), '{"token":"***","n":1}');
    const key = JSON.stringify({ type: "service_account", key: "-----BEGIN PRIVATE KEY-----\nMIIEvQIBADANBg" });
    assert.equal(holding(key).mask(`it says ${key.slice(0, 60)}`), "it says ***");
  });

  it("are not masked when they are too short", () => {
    const held = holding("", "a", "abcde", "12345");
    assert.equal(held.mask("a abcde 12345"), "a abcde 12345");
  });

  it("are masked only with the option `common` when they are everyday words", () => {
    const held = holding("registry", "12345678");
    const text = "registry.example/app:12345678";
    assert.equal(held.mask(text), text);
    assert.equal(held.mask(text, { common: true }), "***.example/app:***");
    assert.equal(held.mask(base64("admin:registry")).includes(base64("registry").slice(0, 8)), false);
  });

  it("never break the JSON that contains them", () => {
    fc.assert(
      fc.property(fc.string({ unit: "grapheme", minLength: 6, maxLength: 80 }), fc.string(), (secret, around) => {
        fc.pre(!/[",:{}[\]]/.test(secret));
        const text = JSON.stringify({ a: `${around}${secret}${around}`, b: [`\n${secret}`] });
        assert.doesNotThrow(() => JSON.parse(holding(secret).mask(text)));
      }),
    );
  });

  it("do not change text that does not contain them", () => {
    fc.assert(
      fc.property(fc.string({ minLength: 12, unit: "binary" }), fc.string({ unit: "binary" }), (secret, text) => {
        fc.pre(!text.includes(secret.slice(0, 6)));
        assert.equal(holding(`${secret}Q7`).mask(text), text);
      }),
    );
  });

  it("stay held while they are in use, however many tokens come and go", () => {
    const held = holding("password-1");
    for (let count = 0; count < 5000; count += 1) {
      held.hold(`token-${count}-${"x".repeat(10)}`);
      if (count % 500 === 0) held.hold("password-1");
    }
    assert.equal(held.mask("password-1 token-4999-xxxxxxxxxx"), "*** ***");
  });

  it("are searched for quickly, with 1,000 secrets in 8 MB of text", () => {
    const held = holding();
    for (let count = 0; count < 1000; count += 1) held.hold(`eyJhbGciOiJSUzI1NiIsImtpZCI6Ij${"A".repeat(60)}${count}`);
    const text = "create registry.example/team/app:v1.2.3 sha256:0123456789abcdef eyJhbGciOiJSUzI\n".repeat(100_000);
    const start = performance.now();
    assert.equal(held.mask(text), text);
    assert.ok(performance.now() - start < 2000, `${performance.now() - start} ms`);
  });
});
