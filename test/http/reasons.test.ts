import assert from "node:assert/strict";
import { describe, it } from "node:test";
import * as fc from "fast-check";
import { secret } from "../../src/model/secret.ts";
import { responseError } from "../../src/http/error.ts";
import { parseWarnings } from "../../src/http/warning.ts";

const JWS = "application/vnd.docker.distribution.manifest.v1+prettyjws";
const POLICY = `current image with 3 vulnerabilities cannot be pulled due to configured policy in 'Prevent vulnerable images'`;

function said(body: unknown, status = 400, headers: Readonly<Record<string, string>> = {}): string {
  const text = typeof body === "string" ? body : JSON.stringify(body);
  const header = (name: string): string | undefined => headers[name];
  const { message } = responseError({ what: "PUT manifest", host: "r", status, body: text, header });
  return message.replace(/^r answered \d+ to PUT manifest(?:: )?/, "");
}

describe("the reason for a refusal", () => {
  const item = (detail: unknown) => ({ errors: [{ code: "MANIFEST_INVALID", message: "manifest invalid", detail }] });
  const cases: readonly (readonly [name: string, body: unknown, shown: string])[] = [
    [
      "Quay's detail",
      item({ message: "layer type not allowed" }),
      "MANIFEST_INVALID: manifest invalid (layer type not allowed)",
    ],
    ["zot's detail", item({ mediaType: "a/b" }), "MANIFEST_INVALID: manifest invalid (mediaType a/b)"],
    ["a detail that is a string", item("bad layer"), "MANIFEST_INVALID: manifest invalid (bad layer)"],
    ["a detail that repeats the message", item("manifest invalid"), "MANIFEST_INVALID: manifest invalid"],
    [
      "a detail that is a list",
      item(["one", { reason: "two" }, 3]),
      "MANIFEST_INVALID: manifest invalid (one, two, 3)",
    ],
    [
      "a nested detail",
      item({ err: { Message: "deep", at: 7 } }),
      "MANIFEST_INVALID: manifest invalid (err deep, at 7)",
    ],
    ["a null detail", item(null), "MANIFEST_INVALID: manifest invalid"],
    ["an item without a code", { errors: [{ status: 404, message: "not here" }] }, "not here"],
    ["errors that are strings", { errors: ["one", "two"] }, "one; two"],
    ["errors by field", { errors: { name: ["is reserved"] } }, "name is reserved"],
    ["a token service's error", { error: "Invalid namespace name" }, "Invalid namespace name"],
    [
      "an error of OAuth 2",
      { error: "invalid_grant", error_description: "token expired" },
      "token expired; invalid_grant",
    ],
    ["details", { details: "incorrect username or password" }, "incorrect username or password"],
    ["a gateway's message", { message: "tag is protected", request_id: "1" }, "tag is protected"],
    ["a reason", { Reason: "blocked by policy" }, "blocked by policy"],
    ["Quay's message", { error_message: "expired", error_type: "x", status: 401 }, "expired"],
    ["problem details", { title: "Forbidden", detail: "no push today", status: 403 }, "Forbidden; no push today"],
    [
      "Google's error",
      {
        error: {
          code: 403,
          message: "denied",
          status: "PERMISSION_DENIED",
          details: [{ "@type": "t", reason: "NO_BILLING" }],
        },
      },
      "denied; NO_BILLING",
    ],
    ["plain text", "denied by a rule\nmore", "denied by a rule"],
    ["JSON without a reason, as nothing", { a: 1 }, ""],
    ["an HTML page, as nothing", "<html><body>secret</body></html>", ""],
  ];
  for (const [name, body, shown] of cases) it(`is read from ${name}`, () => assert.equal(said(body), shown));

  it("is read from headers when an answer to HEAD has no body", () => {
    assert.equal(said("", 403, { warning: '299 - "the tag is \\"frozen\\""' }), 'warning: the tag is "frozen"');
    const challenge =
      'Bearer realm="https://r/token",error="insufficient_scope",error_description="push is not allowed"';
    assert.equal(said("", 403, { "www-authenticate": challenge }), "push is not allowed");
  });

  it("is one line of bounded length for any JSON", () => {
    fc.assert(
      fc.property(fc.json({ maxDepth: 8 }), fc.json(), (any, detail) => {
        for (const body of [any, `{"errors":[{"code":"A","message":${detail},"detail":${any}}]}`]) {
          const text = said(body);
          assert.ok(text.length <= 1001 && !text.includes("\n"), text);
        }
      }),
    );
    assert.ok(said(item("x".repeat(10_000))).length < 400);
    assert.ok(said(item(Array.from({ length: 1000 }, (_, index) => `reason ${index}`))).length < 400);
  });

  it("is shown without the secrets that it repeats, common words included", () => {
    secret("echoed-Passw0rd");
    secret("echoed");
    assert.equal(said({ message: `no: echoed-Passw0rd ${"x".repeat(300)}` }).slice(0, 8), "no: *** ");
    assert.equal(said(item({ message: "echoed is wrong" })), "MANIFEST_INVALID: manifest invalid (*** is wrong)");
    assert.equal(said("", 403, { warning: '299 - "echoed-Passw0rd"' }), "warning: ***");
  });
});

describe("a product-specific hint", () => {
  const hintOf = (status: number, code: string, message: string): string | undefined => {
    const body = JSON.stringify({ errors: [{ code, message }] });
    return responseError({ what: "GET manifest", host: "r", status, body }).details.hint;
  };
  it("is given for Harbor's pull policies", () => {
    assert.match(hintOf(412, "PROJECTPOLICYVIOLATION", "The image is not signed by cosign.") ?? "", /sign or scan/);
    assert.match(hintOf(412, "PRECONDITION", POLICY) ?? "", /sign or scan/);
    assert.equal(
      hintOf(412, "PRECONDITION", "Failed to process request due to 'a:v1' configured as immutable."),
      undefined,
    );
  });
  it("is given for schema 1 images at Google", () => {
    const message = `Manifest with tag 'v1' has media type '${JWS}', but client accepts others`;
    assert.match(hintOf(404, "MANIFEST_UNKNOWN", message) ?? "", /schema 1/);
    assert.equal(hintOf(404, "MANIFEST_UNKNOWN", "manifest unknown"), undefined);
  });
  it("is given for an exceeded quota", () => {
    assert.match(
      hintOf(403, "DENIED", "adding 1 MiB of storage resource will exceed the storage quota") ?? "",
      /quota/,
    );
  });
});

it("parseWarnings reads every warning of a header with several values", () => {
  assert.deepEqual(parseWarnings('299 - "one", 299 registry.example "two, \\"2\\"",199 - "three"'), [
    "one",
    'two, "2"',
    "three",
  ]);
  assert.deepEqual(parseWarnings(undefined), []);
  assert.deepEqual(parseWarnings("something else"), []);
  assert.deepEqual(parseWarnings(`299 - "${"x".repeat(5000)}"`), []);
});
