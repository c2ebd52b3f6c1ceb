import assert from "node:assert/strict";
import { chmod, readFile } from "node:fs/promises";
import { createServer } from "node:http";
import { join } from "node:path";
import { describe, it } from "node:test";
import { environmentName } from "../../src/model/environment-name.ts";
import { digestOf } from "../../src/model/digest.ts";
import type { PullTarget } from "../../src/model/node-pull.ts";
import { renderPullScript } from "../../src/reporters/pull-script.ts";
import { makeFolder } from "../support/cli.ts";
import { runProgram } from "../support/programs.ts";
import { createScope } from "../support/scope.ts";

const { onEnd } = createScope();
const DIGEST = digestOf("image");

const target = (host: string, path: string, tag = "v1"): PullTarget => ({
  target: { repository: { host, path }, tag },
  positions: [],
  digest: DIGEST,
});

function render(targets: readonly PullTarget[], tool: "crictl" | "docker" = "crictl"): string {
  return renderPullScript(
    { targets, failures: [] },
    {
      tool,
      byDigest: false,
      environmentName,
      isGoogle: (host) => host.endsWith(".pkg.dev"),
    },
  );
}

/** Runs a script with a fake crictl and docker that record their calls and know one digest. */
async function run(script: string, environment: Readonly<Record<string, string>> = {}) {
  const folder = await makeFolder({ "script.sh": script, calls: "" });
  onEnd(folder.remove);
  const log = join(folder.path, "calls");
  for (const name of ["crictl", "docker"]) {
    await folder.write(
      name,
      `#!/bin/sh
echo "${name} $* creds=\${CRICTL_CREDS-none}" >>'${log}'
case "$1" in login) echo "stdin $(cat)" >>'${log}';; inspecti | image) echo '["x@${DIGEST}"]';; esac
`,
    );
    await chmod(join(folder.path, name), 0o755);
  }
  const env = { PATH: `${folder.path}:${process.env["PATH"] ?? ""}`, TMPDIR: folder.path, ...environment };
  const { code, stderr } = await runProgram("sh", [join(folder.path, "script.sh")], { env });
  return { code, stderr, calls: (await readFile(log, "utf8")).trim().split("\n") };
}

describe("the script of pull --print", () => {
  it("pulls one image with each call, logs in only through the environment, and checks each digest", async () => {
    const script = render([target("r.test", "a"), target("r.test", "b")]);
    const { code, calls } = await run(script, {
      IMGSYNC_USERNAME_R_TEST: "robot",
      IMGSYNC_PASSWORD_R_TEST: "pass word'$x",
      CRICTL_CREDS: "someone:else",
    });
    assert.equal(code, 0);
    assert.deepEqual(calls, [
      "crictl pull r.test/a:v1 creds=robot:pass word'$x",
      "crictl inspecti -o json r.test/a:v1 creds=none",
      "crictl pull r.test/b:v1 creds=robot:pass word'$x",
      "crictl inspecti -o json r.test/b:v1 creds=none",
    ]);
  });

  it("passes the password to docker on standard input", async () => {
    const environment = { IMGSYNC_USERNAME_R_TEST: "robot", IMGSYNC_PASSWORD_R_TEST: "secret" };
    const { code, calls } = await run(render([target("r.test", "a")], "docker"), environment);
    assert.equal(code, 0);
    assert.deepEqual(
      calls.map((line) => line.replace(" creds=none", "")),
      [
        "docker login --username robot --password-stdin r.test",
        "stdin secret",
        "docker pull r.test/a:v1",
        "docker image inspect --format {{json .RepoDigests}} r.test/a:v1",
      ],
    );
  });

  it("gets a token from the metadata server for Artifact Registry, and for no other host", async () => {
    const asked: string[] = [];
    const server = createServer((request, response) => {
      asked.push(`${String(request.headers["metadata-flavor"])} ${request.url ?? ""}`);
      response.end('{"access_token":"ya29.token","expires_in":3599,"token_type":"Bearer"}');
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    onEnd(() => new Promise<void>((resolve) => server.close(() => resolve())));
    const address = server.address();
    assert.ok(typeof address === "object" && address !== null);
    const script = render([target("eu-docker.pkg.dev", "p/r/a"), target("r.test", "b")]);
    const { code, calls, stderr } = await run(script, { GCE_METADATA_HOST: `127.0.0.1:${address.port}` });
    assert.equal(code, 0, stderr);
    assert.deepEqual(asked, ["Google /computeMetadata/v1/instance/service-accounts/default/token"]);
    assert.equal(calls[0], "crictl pull eu-docker.pkg.dev/p/r/a:v1 creds=oauth2accesstoken:ya29.token");
    assert.equal(calls[2], "crictl pull r.test/b:v1 creds=none");
  });

  it("fails for an image with another digest, and for one that could not be read", async () => {
    const other = { ...target("r.test", "a"), digest: digestOf("other") };
    assert.equal((await run(render([other]))).code, 1);
    const { digest: _, ...unread } = target("r.test", "a");
    const error = { code: "DENIED", message: "no\ntouch broken #`$(id)" } as const;
    const { code, calls } = await run(render([{ ...unread, error }]));
    assert.deepEqual([code, calls], [1, [""]]);
  });

  it("does not execute commands in hostile names", async () => {
    const hostile = target("r.test", "a", "v'; touch broken; '$(touch broken)`touch broken`");
    const { calls } = await run(render([hostile]));
    assert.ok(calls[0]?.includes("r.test/a:v'; touch broken; '$(touch broken)`touch broken` creds=none"), calls[0]);
  });
});
