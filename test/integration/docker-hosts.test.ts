import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { chmod, copyFile, mkdir } from "node:fs/promises";
import { delimiter, join } from "node:path";
import process from "node:process";
import { after, before, describe, it, type TestContext } from "node:test";
import { type Certificates, makeCertificates } from "../support/certificates.ts";
import { makeFolder, runCli } from "../support/cli.ts";
import { startDockerRegistry } from "../support/docker-registry.ts";
import { type Dockerd, startDockerd } from "../support/dockerd.ts";
import { freePort } from "../support/free-port.ts";
import { findProgram, type ProgramName, requirePrograms, requireRoot, runProgram } from "../support/programs.ts";
import { createScope } from "../support/scope.ts";

const { onEnd } = createScope();
const NEEDED: readonly ProgramName[] = ["docker", "dockerd", "docker-registry", "openssl"];

let daemon: Dockerd | undefined;
let certificates: Certificates | undefined;
let port = 0;
before(async () => {
  if (!NEEDED.every((name) => findProgram(name) !== undefined) || process.getuid?.() !== 0) return;
  certificates = await makeCertificates();
  port = await freePort();
  daemon = await startDockerd({ secureHost: { port, certificates } });
});
after(async () => {
  await daemon?.stop();
  await certificates?.remove();
});

type Place = {
  readonly folder: string;
  /** Pushes an image to a registry that wants a password, with docker at the host that these variables select. */
  readonly push: (environment: Readonly<Record<string, string>>) => Promise<void>;
};

async function place(t: TestContext): Promise<Place | undefined> {
  if (!requirePrograms(t, ...NEEDED) || !requireRoot(t)) return undefined;
  const docker = daemon;
  assert.ok(docker);
  const htpasswd = { username: "robot", password: "password-behind-hosts" };
  const registry = await startDockerRegistry({ htpasswd });
  onEnd(registry.stop);
  const auth = Buffer.from(`${htpasswd.username}:${htpasswd.password}`).toString("base64");
  const folder = await makeFolder({
    "images.yaml": `version: 1
registries: { "${registry.host}": { plainHttp: true } }
images: [{ source: "docker-daemon:pushed", target: "${registry.host}/app:v1" }]
`,
    "auth.json": JSON.stringify({ auths: { [registry.host]: { auth } } }),
  });
  onEnd(folder.remove);
  await docker.importImage("pushed", "the first");
  return {
    folder: folder.path,
    push: async (environment) => {
      const all = { REGISTRY_AUTH_FILE: join(folder.path, "auth.json"), XDG_RUNTIME_DIR: folder.path, ...environment };
      const apply = ["apply", "--yes", "--log-level", "debug"];
      const { code, stdout, stderr } = await runCli(apply, { cwd: folder.path, environment: all });
      assert.equal(code, 0, stderr + stdout);
      assert.match(stderr, /docker system dial-stdio/);
      assert.doesNotMatch(stderr, /docker push/);
      await docker.docker("image", "rm", "--force", "pushed");
      await docker.importImage("pushed", randomBytes(10).toString("hex"));
    },
  };
}

describe("docker's daemon", () => {
  it("is reached by TLS with a client certificate, from DOCKER_HOST and from a context", async (t) => {
    const at = await place(t);
    if (at === undefined || certificates === undefined) return;
    const keys = join(at.folder, "keys");
    await mkdir(keys);
    await copyFile(certificates.caFile, join(keys, "ca.pem"));
    await copyFile(certificates.client.certificateFile, join(keys, "cert.pem"));
    await copyFile(certificates.client.keyFile, join(keys, "key.pem"));
    const host = `tcp://127.0.0.1:${port}`;
    await at.push({ DOCKER_HOST: host, DOCKER_TLS_VERIFY: "1", DOCKER_CERT_PATH: keys });
    const files = ["ca", "cert", "key"].map((name) => `${name}=${join(keys, name)}.pem`).join(",");
    const created = await runProgram("docker", ["context", "create", "work", "--docker", `host=${host},${files}`], {
      env: { HOME: at.folder },
    });
    assert.equal(created.code, 0, created.stderr);
    await at.push({ DOCKER_CONTEXT: "work" });
  });

  it("is reached by ssh", async (t) => {
    const at = await place(t);
    if (at === undefined) return;
    // the command that docker runs on the other machine, here
    const folder = await makeFolder({
      ssh: `#!/bin/sh
while [ "$1" != -- ]; do shift; done
shift 2
DOCKER_HOST=${daemon?.host} exec "$@"
`,
    });
    onEnd(folder.remove);
    await chmod(join(folder.path, "ssh"), 0o700);
    const path = [folder.path, process.env["PATH"] ?? ""].join(delimiter);
    await at.push({ DOCKER_HOST: "ssh://robot@other-machine", PATH: path });
  });
});
