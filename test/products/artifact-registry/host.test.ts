import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { isArtifactRegistryHost, universeOf } from "../../../src/products/artifact-registry/host.ts";

describe("Artifact Registry hosts", () => {
  it("are the regional, multi-regional and gcr.io hosts of known universes", () => {
    assert.equal(universeOf("us-west1-docker.pkg.dev"), "googleapis.com");
    assert.equal(universeOf("europe-docker.pkg.dev"), "googleapis.com");
    assert.equal(universeOf("docker.us-west1.rep.pkg.dev"), "googleapis.com");
    assert.equal(universeOf("eu.gcr.io"), "googleapis.com");
    assert.equal(universeOf("u-france-east1-docker.s3nsregistry.fr"), "s3nsapis.fr");
  });

  it("do not include hosts that only look similar", () => {
    const others = [
      "pkg.dev",
      "docker.pkg.dev",
      "-docker.pkg.dev",
      "us-docker.pkg.dev.evil.test",
      "us-docker.evilpkg.dev",
      "evil.us-docker.pkg.dev",
      "us-docker.pkg.dev:443",
      "us-npm.pkg.dev",
      "gcr.io.evil.test",
      "evil.gcr.io",
      "us-docker.s3nsregistry.fr.test",
    ];
    for (const host of others) assert.equal(isArtifactRegistryHost(host), false, host);
  });
});
