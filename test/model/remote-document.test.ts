import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { ImgsyncError } from "../../src/model/error.ts";
import { formatRemote, parseRemote } from "../../src/model/remote-document.ts";

describe("the name of a document in a registry", () => {
  it("is oci:// and a reference in full", () => {
    const name = "oci://registry.test:5000/team/plans:42";
    const reference = parseRemote(name);
    assert.ok(reference);
    assert.equal(formatRemote(reference), name);
    assert.equal(parseRemote("plan.json"), undefined);
    // a tag and a digest are no credentials
    assert.throws(() => parseRemote(`oci://plans:42@sha256:${"1".repeat(64)}`), /is not written in full/);
  });

  it("with a password is refused without showing it", () => {
    for (const rest of ["registry.test/plans:42", "registry.test:5000/plans@sha256:1", "registry.test"])
      assert.throws(
        () => parseRemote(`oci://mirror:hunter2@${rest}`),
        (thrown) => {
          assert.ok(thrown instanceof ImgsyncError);
          assert.equal(thrown.code, "USAGE");
          assert.doesNotMatch(JSON.stringify(thrown.details), /hunter2/);
          return true;
        },
      );
  });
});
