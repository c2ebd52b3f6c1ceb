import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { responseError } from "../../src/http/error.ts";
import { explainNotCreated } from "../../src/registry/not-created.ts";

const refused = (code: string, message = "", status = 404) =>
  responseError({
    what: "POST upload",
    host: "registry.test",
    status,
    body: JSON.stringify({ errors: [{ code, message }] }),
  });

describe("a push to a repository that must be created first", () => {
  it("suggests creating it, with the command when the product is known", () => {
    const hints = [
      ["europe-docker.pkg.dev", "my-project/my-repo/team/app"],
      ["u-france-east1-docker.s3nsregistry.fr", "example.com/my-project/my-repo/app"],
      ["docker.europe-west1.rep.pkg.dev", "my-project/my-repo/app"],
      ["123456789012.dkr.ecr.eu-west-1.amazonaws.com", "team/app"],
      ["gcr.io", "my-project/app"],
      ["registry.test", "team/app"],
    ].map(([host = "", path = ""]) => explainNotCreated(refused("NAME_UNKNOWN"), { host, path }).details.hint);
    assert.deepEqual(hints, [
      "create it first: gcloud artifacts repositories create my-repo --repository-format=docker --project=my-project --location=europe",
      "create it first: gcloud artifacts repositories create my-repo --repository-format=docker --project=example.com:my-project --location=u-france-east1 --universe-domain=s3nsapis.fr",
      "create it first: gcloud artifacts repositories create my-repo --repository-format=docker --project=my-project --location=europe-west1",
      "create it first: aws ecr create-repository --repository-name team/app --region eu-west-1",
      "a push does not create it: create the repository or project first",
      "a push does not create it: create the repository or project first",
    ]);
  });

  it("is recognised by the registry's error code and message, and other errors stay unchanged", () => {
    const codeOf = (...args: Parameters<typeof refused>) =>
      explainNotCreated(refused(...args), { host: "registry.test", path: "team/app" }).code;
    assert.equal(codeOf("NAME_UNKNOWN"), "TARGET_NOT_FOUND");
    assert.equal(codeOf("NOT_FOUND", "project team not found"), "TARGET_NOT_FOUND");
    assert.equal(codeOf("NOT_FOUND", "page not found"), "REGISTRY_ERROR");
    assert.equal(codeOf("BLOB_UPLOAD_UNKNOWN"), "REGISTRY_ERROR");
    assert.equal(codeOf("NAME_UNKNOWN", "", 403), "DENIED");
  });
});
