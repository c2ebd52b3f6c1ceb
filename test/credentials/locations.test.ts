import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { credentialLocations } from "../../src/credentials/locations.ts";

const home = "/home/me";
const paths = (environment: Record<string, string>, userId: number | undefined = 1000) => {
  const { dockerConfig, containersAuth } = credentialLocations({ environment, home, userId });
  return { docker: dockerConfig.path, containers: containersAuth.map(({ path }) => path) };
};

describe("credential files", () => {
  it("are in the default places of docker and podman, and are shown with ~ for the home folder", () => {
    assert.deepEqual(paths({ XDG_RUNTIME_DIR: "", DOCKER_CONFIG: "" }), {
      docker: "/home/me/.docker/config.json",
      containers: ["/run/containers/1000/auth.json", "/home/me/.config/containers/auth.json"],
    });
    const { dockerConfig } = credentialLocations({ environment: {}, home, userId: 1 });
    assert.equal(dockerConfig.name, "~/.docker/config.json");
  });

  it("follow the environment variables", () => {
    assert.deepEqual(paths({ DOCKER_CONFIG: "/d", XDG_RUNTIME_DIR: "/r", XDG_CONFIG_HOME: "/c" }), {
      docker: "/d/config.json",
      containers: ["/r/containers/auth.json", "/c/containers/auth.json"],
    });
  });

  it("are only the one in REGISTRY_AUTH_FILE for containers, if it is set", () => {
    assert.deepEqual(paths({ REGISTRY_AUTH_FILE: "/a.json", XDG_RUNTIME_DIR: "/r" }).containers, ["/a.json"]);
  });
});
