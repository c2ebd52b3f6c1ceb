import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { KNOWN_UNIVERSES } from "../../../src/products/universes.ts";
import { artifactRegistryNameProblem, artifactRegistryParts } from "../../../src/products/artifact-registry/name.ts";
import { parseResource, resourceName } from "../../../src/products/artifact-registry/api/resource.ts";
import { isProblem, parseRepository, type Repository } from "../../../src/model/reference.ts";

const S3NS = "u-france-east1-docker.s3nsregistry.fr";

function read(name: string): Repository {
  const repository = parseRepository(name);
  if (isProblem(repository)) throw new Error(repository.problem);
  return repository;
}

function problemOf(name: string, universes = KNOWN_UNIVERSES) {
  return artifactRegistryNameProblem(read(name), universes);
}

describe("Artifact Registry names", () => {
  it("have location, project, repository and image", () => {
    assert.deepEqual(artifactRegistryParts(read(`${S3NS}/my-project/my-repo/team/test-image`)), {
      location: "u-france-east1",
      project: "my-project",
      projectPath: "my-project",
      repository: "my-repo",
      image: "team/test-image",
      apiDomain: "s3nsapis.fr",
    });
    const resources: readonly (readonly [string, string])[] = [
      ["docker.us-west1.rep.pkg.dev/my-project/r/a", "projects/my-project/locations/us-west1/repositories/r"],
      ["europe-docker.pkg.dev/example.com/app/r/a", "projects/example.com:app/locations/europe/repositories/r"],
      [`${S3NS}/s3ns/my-project/r/a`, "projects/s3ns:my-project/locations/u-france-east1/repositories/r"],
      ["us-docker.pkg.dev/my-project/gcr.io/a", "projects/my-project/locations/us/repositories/gcr.io"],
      ["eu.gcr.io/my-project/a/b", "projects/my-project/locations/europe/repositories/eu.gcr.io"],
      ["gcr.io/google_containers/pause", "projects/google_containers/locations/us/repositories/gcr.io"],
      ["gcr.io/example.com/app/a", "projects/example.com:app/locations/us/repositories/gcr.io"],
    ];
    for (const [name, resource] of resources) {
      const parsed = parseResource(read(name), KNOWN_UNIVERSES);
      assert.ok(parsed !== undefined, name);
      assert.equal(resourceName(parsed), resource);
      assert.equal(problemOf(name), undefined);
    }
  });

  it("of other universes are recognised by the user's settings", () => {
    const name = "u-germany-northeast1-docker.pkg.example/my-project/r";
    const universes = new Map([["pkg.example", "apis.example"]]);
    assert.equal(artifactRegistryParts(read(name)), undefined);
    assert.equal(artifactRegistryParts(read(name), universes)?.apiDomain, "apis.example");
    assert.equal(problemOf(name), undefined);
    assert.match(problemOf(name, universes)?.problem ?? "", /^the image is missing/);
  });

  it("are refused with the part that is wrong", () => {
    const wrong: readonly (readonly [string, RegExp])[] = [
      [`${S3NS}/my-project`, /^the repository is missing/],
      [`${S3NS}/my-project/my-repo`, /^the image is missing/],
      [`${S3NS}/s3ns/my-project/my-repo`, /^the image is missing/],
      ["us-docker.pkg.dev/example.com", /^the project is missing/],
      ["gcr.io/my-project", /^the image is missing/],
      [`${S3NS}/my_project/r/a`, /^"my_project" is not a project ID/],
      [`${S3NS}/1project/r/a`, /^"1project" is not a project ID/],
      ["s3nsregistry.fr/my-project/r/a", /^"s3nsregistry\.fr" is not a Docker host/],
      ["docker.s3nsregistry.fr/my-project/r/a", /^"docker\.s3nsregistry\.fr" is not a Docker host/],
      ["us-npm.pkg.dev/my-project/r/a", /^"us-npm\.pkg\.dev" is not a Docker host/],
    ];
    for (const [name, problem] of wrong) {
      assert.match(problemOf(name)?.problem ?? "", problem, name);
    }
  });

  it("are undefined for other registries", () => {
    for (const name of ["nginx", "registry.example.com/a", "registry.k8s.io/pause", "pkg.dev.example.com/a"])
      assert.equal(problemOf(name), undefined);
  });
});
