import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { defaultHostSettings } from "../../src/model/host-settings.ts";
import { responseError } from "../../src/http/error.ts";
import { parseErrorItems } from "../../src/http/reasons.ts";
import { mayHoldCredentials, registryUrl } from "../../src/http/origin.ts";
import { parseRetryAfter } from "../../src/http/retry-after.ts";
import { showUrl } from "../../src/http/show-url.ts";

const now = new Date("2026-01-01T00:00:00Z");

describe("parseRetryAfter", () => {
  it("reads seconds and dates, and ignores everything else", () => {
    assert.equal(parseRetryAfter("120", now), 120_000);
    assert.equal(parseRetryAfter("Thu, 01 Jan 2026 00:01:00 GMT", now), 60_000);
    assert.equal(parseRetryAfter("Wed, 31 Dec 2025 00:00:00 GMT", now), 0);
    for (const text of [undefined, "", "-5", "soon", "1e9", "0x10", "99999999999"])
      assert.equal(parseRetryAfter(text, now), undefined, text);
  });
});

describe("showUrl", () => {
  it("redacts everything that may contain a secret", () => {
    const url = new URL(
      "https://user:pw@registry.example.com/v2/a/blobs/uploads/1?_state=SECRET&digest=sha256:1&X-Amz-Signature=SIG",
    );
    const shown = showUrl(url);
    assert.equal(
      shown,
      "https://registry.example.com/v2/a/blobs/uploads/1?_state=REDACTED&digest=sha256:1&X-Amz-Signature=REDACTED",
    );
  });
});

describe("origins", () => {
  it("maps docker.io to its registry host, and uses http only when the settings say so", () => {
    assert.equal(registryUrl(defaultHostSettings("docker.io")).href, "https://registry-1.docker.io/");
    assert.equal(registryUrl({ ...defaultHostSettings("r:5000"), plainHttp: true }).href, "http://r:5000/");
  });

  it("allows credentials only for the registry itself, known pairs and named hosts", () => {
    const registry = { ...defaultHostSettings("r.example.com"), trustedRealms: ["auth.example.com"] };
    const may = (url: string): boolean => mayHoldCredentials(registry, new URL(url));
    assert.ok(may("https://r.example.com/token"));
    assert.ok(may("https://auth.example.com/token"));
    for (const url of [
      "https://r.example.com:444/",
      "http://r.example.com/",
      "http://auth.example.com/",
      "https://xauth.example.com/",
      "https://auth.example.com.evil.com/",
    ]) {
      assert.ok(!may(url), url);
    }
    assert.ok(mayHoldCredentials(defaultHostSettings("docker.io"), new URL("https://auth.docker.io/token")));
  });
});

describe("responseError", () => {
  const options = { what: "PUT manifest", host: "r", status: 400 };

  it("has the registry's own codes and messages", () => {
    const error = responseError({
      ...options,
      body: JSON.stringify({ errors: [{ code: "MANIFEST_INVALID", message: "no" }, { code: "X" }] }),
    });
    assert.equal(error.message, "r answered 400 to PUT manifest: MANIFEST_INVALID: no; X");
    assert.deepEqual(error.facts.items, [
      { code: "MANIFEST_INVALID", message: "no" },
      { code: "X", message: "" },
    ]);
  });

  it("keeps the first line of plain text and nothing of a web page", () => {
    assert.match(responseError({ ...options, body: "not allowed\nmore" }).message, /: not allowed$/);
    assert.equal(responseError({ ...options, body: "<html>secret</html>" }).message, "r answered 400 to PUT manifest");
  });

  it("accepts any JSON without throwing", () => {
    for (const body of [
      "null",
      "[]",
      '{"errors":null}',
      '{"errors":[null,1,{"code":1}]}',
      '{"errors":{"code":"X"}}',
      "{",
    ])
      assert.deepEqual(parseErrorItems(body), []);
  });

  it("marks only transient errors as retryable", () => {
    for (const status of [408, 429, 500, 502, 503, 504])
      assert.equal(responseError({ ...options, status, body: "" }).facts.isRetryable, true);
    for (const status of [400, 401, 403, 404, 405, 413, 501, 507])
      assert.equal(responseError({ ...options, status, body: "" }).facts.isRetryable, false);
  });
});
