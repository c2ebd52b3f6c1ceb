import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { resolveDaemon } from "../../../src/programs/docker/daemon.ts";
import type { DockerCli } from "../../../src/programs/docker/docker-cli.ts";

const { signal } = new AbortController();
const printing =
  (stdout: string, exitCode = 0, stderr = ""): DockerCli =>
  async () => ({ exitCode, stdout, stderr });

const context = (rest: object) =>
  JSON.stringify([{ Name: "work", Endpoints: { docker: { Host: "tcp://d:2376" } }, ...rest }]);
const resolve = (run: DockerCli, environment = {}) =>
  resolveDaemon({ environment, configFolder: "/home/me/.docker" }, run, signal);

describe("the docker daemon", () => {
  it("comes from the context, with the context's certificates", async () => {
    assert.deepEqual(await resolve(printing(context({ TLSMaterial: {} }))), {
      DOCKER_HOST: "tcp://d:2376",
      DOCKER_CONTEXT: undefined,
    });
    const secure = { TLSMaterial: { docker: ["ca.pem"] }, Storage: { TLSPath: "/home/me/.docker/contexts/tls/1" } };
    assert.deepEqual(await resolve(printing(context(secure))), {
      DOCKER_HOST: "tcp://d:2376",
      DOCKER_CONTEXT: undefined,
      DOCKER_CERT_PATH: "/home/me/.docker/contexts/tls/1/docker",
      DOCKER_TLS: "1",
      DOCKER_TLS_VERIFY: "1",
    });
  });

  it("comes from DOCKER_HOST without asking docker, with certificates from docker's own folder", async () => {
    const never: DockerCli = () => assert.fail("docker was asked");
    assert.deepEqual(await resolve(never, { DOCKER_HOST: "tcp://e:2376" }), {
      DOCKER_CONTEXT: undefined,
      DOCKER_CERT_PATH: "/home/me/.docker",
    });
  });

  it("is not set for programs without contexts", async () => {
    assert.deepEqual(await resolve(printing("[]\n")), {});
    assert.deepEqual(await resolve(printing("", 1, "unknown command: context")), {});
  });

  it("is an error when the chosen context does not exist", async () => {
    await assert.rejects(
      resolve(printing("", 1, 'context "nono": context not found: open x')),
      /selected docker context/,
    );
  });

  it("may be a named pipe or a TLS daemon of Windows", async () => {
    const profile = "C:\\Users\\me\\.docker";
    const onWindows = (run: DockerCli, environment = {}) =>
      resolveDaemon({ environment, configFolder: profile, system: "windows" }, run, signal);
    const pipe = "npipe:////./pipe/docker_engine";
    const desktop = JSON.stringify([{ Name: "desktop-linux", Endpoints: { docker: { Host: pipe } }, TLSMaterial: {} }]);
    assert.deepEqual(await onWindows(printing(desktop)), { DOCKER_HOST: pipe, DOCKER_CONTEXT: undefined });
    // a variable that is already set stays as it is
    assert.deepEqual(await onWindows(() => assert.fail("docker was asked"), { DOCKER_HOST: pipe }), {
      DOCKER_CONTEXT: undefined,
      DOCKER_CERT_PATH: profile,
    });
    const secure = { TLSMaterial: { docker: ["ca.pem"] }, Storage: { TLSPath: `${profile}\\contexts\\tls\\1` } };
    const { DOCKER_CERT_PATH } = await onWindows(printing(context(secure)));
    assert.equal(DOCKER_CERT_PATH, `${profile}\\contexts\\tls\\1\\docker`);
  });
});
