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

describe("credential files on Windows", () => {
  const profile = "C:\\Users\\me";
  const locate = (environment: Record<string, string>) =>
    credentialLocations({ environment, home: profile, userId: undefined, system: "windows" });

  it("are those of Docker Desktop, podman and gcloud", () => {
    const { dockerConfig, containersAuth, google } = locate({ APPDATA: `${profile}\\AppData\\Roaming` });
    assert.deepEqual(dockerConfig, {
      path: `${profile}\\.docker\\config.json`,
      name: "~\\.docker\\config.json",
    });
    assert.deepEqual(
      containersAuth.map(({ path }) => path),
      [`${profile}\\.config\\containers\\auth.json`],
    );
    assert.deepEqual(google.wellKnownFile, {
      path: `${profile}\\AppData\\Roaming\\gcloud\\application_default_credentials.json`,
      name: "~\\AppData\\Roaming\\gcloud\\application_default_credentials.json",
    });
  });

  it("follow the environment variables", () => {
    const { dockerConfig, containersAuth, google } = locate({
      DOCKER_CONFIG: "D:\\docker",
      CLOUDSDK_CONFIG: "D:\\gcloud",
      GOOGLE_APPLICATION_CREDENTIALS: "D:\\key.json",
      APPDATA: "D:\\Roaming",
      XDG_CONFIG_HOME: "D:\\xdg",
      XDG_RUNTIME_DIR: "/run/user/1000",
    });
    assert.equal(dockerConfig.path, "D:\\docker\\config.json");
    assert.equal(google.wellKnownFile.path, "D:\\gcloud\\application_default_credentials.json");
    assert.equal(google.defaultFile?.path, "D:\\key.json");
    assert.deepEqual(
      containersAuth.map(({ path }) => path),
      [`${profile}\\.config\\containers\\auth.json`, "D:\\xdg\\containers\\auth.json"],
    );
    const roaming = locate({ APPDATA: "D:\\Roaming" }).google.wellKnownFile;
    assert.equal(roaming.path, "D:\\Roaming\\gcloud\\application_default_credentials.json");
  });

  it("of gcloud are in the profile if APPDATA is not set", () => {
    const { path } = locate({}).google.wellKnownFile;
    assert.equal(path, `${profile}\\AppData\\Roaming\\gcloud\\application_default_credentials.json`);
  });
});
