import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { parseVersion } from "../../../src/programs/docker/program.ts";

/** What `version --format '{{json .}}'` printed, shortened. */
const DOCKER = {
  Client: { Version: "28.2.2", ApiVersion: "1.41", DefaultAPIVersion: "1.50", Context: "default" },
  Server: { Platform: { Name: "" }, Components: [{ Name: "Engine", Version: "20.10.24" }, { Name: "containerd" }] },
};

describe("the program behind the docker command", () => {
  it("is docker if client and daemon are docker's, with the version of the API that both know", () => {
    assert.deepEqual(parseVersion(JSON.stringify(DOCKER)), { kind: "docker", apiVersion: "1.41" });
    const { DefaultAPIVersion: _, ...client } = DOCKER.Client;
    assert.deepEqual(parseVersion(JSON.stringify({ ...DOCKER, Client: client })), {
      kind: "docker",
      apiVersion: "1.41",
    });
  });

  it("is podman by its own version of the API, whatever the command is called", () => {
    assert.deepEqual(parseVersion('{"Client":{"APIVersion":"4.3.1","Version":"4.3.1","OsArch":"linux/amd64"}}'), {
      kind: "podman",
    });
  });

  it("is another one in all other cases", () => {
    const ofPodman = {
      ...DOCKER,
      Server: { Components: [{ Name: "Podman Engine" }, { Name: "Conmon" }, { Name: "Engine" }] },
    };
    const old = { ...DOCKER, Client: { ApiVersion: "1.38", DefaultAPIVersion: "1.38" } };
    const strange = { ...DOCKER, Client: { ApiVersion: "1.41/../x", DefaultAPIVersion: "1.41" } };
    const nerdctl = { Client: { Version: "v2.2.1", Components: [{ Name: "buildctl" }] }, Server: null };
    for (const version of [ofPodman, old, strange, nerdctl, {}, null])
      assert.deepEqual(parseVersion(JSON.stringify(version)), { kind: "other" }, JSON.stringify(version));
    assert.deepEqual(parseVersion("Docker version 28"), { kind: "other" });
  });
});
