import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { reasonOfAbsence } from "../../src/registry/reason-of-absence.ts";

const of = (body: string): string | undefined => reasonOfAbsence(new TextEncoder().encode(body))?.said;
const errors = (code: string, message?: string): string => JSON.stringify({ errors: [{ code, message }] });

describe("the reason of a 404", () => {
  it("is undefined when the registry only says, in any words, that nothing was found", () => {
    for (const body of [
      "",
      "{}",
      '{"errors":[]}',
      errors("MANIFEST_UNKNOWN"),
      errors("MANIFEST_UNKNOWN", "manifest unknown"),
      errors("NOT_FOUND", "artifact library/app:v1 not found"),
      errors("MANIFEST_UNKNOWN", "The named manifest is not known to the registry."),
      errors("MANIFEST_UNKNOWN", "Requested image not found"),
      '{"error":{"code":404,"message":"Requested entity was not found.","status":"NOT_FOUND"}}',
    ])
      assert.equal(of(body), undefined, body);
  });

  it("is set when the registry may be holding something back", () => {
    for (const body of [
      errors("MANIFEST_UNKNOWN", "Manifest has media type manifest.v1+prettyjws but client accepts others"),
      errors("NOT_FOUND", "not found, or you have no permission to see it"),
      errors("UNKNOWN", "backend timeout"),
      errors("DENIED", "not found"),
      errors("MANIFEST_UNKNOWN", "OCI index found, but accept header does not support OCI indexes"),
    ])
      assert.notEqual(of(body), undefined, body);
  });

  it("is marked when it is about the repository", () => {
    const body = errors("NAME_UNKNOWN", "repository name not known to registry");
    assert.equal(reasonOfAbsence(new TextEncoder().encode(body))?.isOfRepository, true);
  });

  it("describes the page or text of a server in front of the registry", () => {
    assert.equal(of("<html><h1>404 Not Found</h1></html>"), "it answered with a web page");
    assert.equal(of("default backend - 404\n"), "default backend - 404");
    assert.equal(of("404 page not found\n"), "404 page not found");
  });
});
