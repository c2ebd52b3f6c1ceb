import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { createCommand } from "../../../src/products/artifact-registry/commands.ts";
import { parseResource, resourceName, resourcePath } from "../../../src/products/artifact-registry/api/resource.ts";
import { KNOWN_UNIVERSES } from "../../../src/products/universes.ts";

describe("the name of a repository in Artifact Registry's API", () => {
  const cases: readonly (readonly [string, string, string, string, string | undefined])[] = [
    [
      "europe-west1-docker.pkg.dev",
      "p/r/a/b",
      "artifactregistry.googleapis.com",
      "projects/p/locations/europe-west1/repositories/r",
      "a/b",
    ],
    [
      "us-docker.pkg.dev",
      "example.com/p/r",
      "artifactregistry.googleapis.com",
      "projects/example.com:p/locations/us/repositories/r",
      undefined,
    ],
    [
      "docker.us-east1.rep.pkg.dev",
      "p/r/a",
      "artifactregistry.googleapis.com",
      "projects/p/locations/us-east1/repositories/r",
      "a",
    ],
    [
      "u-france-east1-docker.s3nsregistry.fr",
      "s3ns/p/r/a",
      "artifactregistry.s3nsapis.fr",
      "projects/s3ns:p/locations/u-france-east1/repositories/r",
      "a",
    ],
    [
      "u-france-east1-docker.s3nsregistry.fr",
      "p/r/a",
      "artifactregistry.s3nsapis.fr",
      "projects/p/locations/u-france-east1/repositories/r",
      "a",
    ],
    ["eu.gcr.io", "p/a", "artifactregistry.googleapis.com", "projects/p/locations/europe/repositories/eu.gcr.io", "a"],
  ];
  for (const [host, path, apiHost, name, image] of cases) {
    test(`is made from ${host}/${path}`, () => {
      const resource = parseResource({ host, path }, KNOWN_UNIVERSES);
      assert.ok(resource);
      assert.equal(resource.apiHost, apiHost);
      assert.equal(resourceName(resource), name);
      assert.equal(resource.image, image);
    });
  }

  test("is undefined without a project and a repository, and outside Artifact Registry", () => {
    for (const [host, path] of [
      ["us-docker.pkg.dev", "p"],
      ["us-docker.pkg.dev", "example.com"],
      ["us-docker.pkg.dev.evil.test", "p/r"],
    ] as const)
      assert.equal(parseResource({ host, path }, KNOWN_UNIVERSES), undefined);
  });

  test("is escaped in a URL", () => {
    const resource = parseResource({ host: "us-docker.pkg.dev", path: "example.com/p/r" }, KNOWN_UNIVERSES);
    assert.ok(resource);
    assert.equal(resourcePath(resource), "/v1/projects/example.com%3Ap/locations/us/repositories/r");
    assert.match(createCommand(resource), /--project=example\.com:p --location=us$/);
  });
});
