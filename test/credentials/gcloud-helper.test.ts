import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { gcloudHelperHint } from "../../src/credentials/gcloud-helper.ts";

const S3NS = "u-france-east1-docker.s3nsregistry.fr";
const SELECT = "gcloud config set core/universe_domain s3nsapis.fr && ";

function hintFor(host: string, said: string): string | undefined {
  return gcloudHelperHint({ exitCode: 1, stdout: "", stderr: said }, host);
}

describe("the hint for a failure of docker-credential-gcloud", () => {
  it("selects the universe of the host before a login", () => {
    // gcloud 528, with shortened ends
    const failures = [
      ["You do not currently have an active account selected.", "gcloud has no active account, run: "],
      [
        "The account [a] is available in the following universe domain(s): [googleapis.com], but it is not available in [s3nsapis.fr] which is specified by the [core/universe_domain] property.",
        "gcloud's active account does not belong to the universe s3nsapis.fr, run: ",
      ],
      ["There was a problem refreshing your current auth tokens", "gcloud's login has expired, run: "],
    ] as const;
    for (const [said, begin] of failures) {
      const hint = hintFor(S3NS, said) ?? "";
      assert.ok(hint.startsWith(`${begin}${SELECT}gcloud auth login`), hint);
    }
    assert.equal(hintFor("gcr.io", failures[0][0]), "gcloud has no active account, run: gcloud auth login");
  });

  it("does not exist for other failures", () => {
    assert.equal(hintFor(S3NS, "something else"), undefined);
  });
});
