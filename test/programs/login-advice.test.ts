import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { withLoginAdvice } from "../../src/programs/login-advice.ts";
import { crictlFailure } from "../../src/programs/crictl/failure.ts";
import { dockerFailure } from "../../src/programs/docker/failure.ts";
import type { Credential } from "../../src/model/credential.ts";
import { ImgsyncError } from "../../src/model/error.ts";
import { secret } from "../../src/model/secret.ts";

const signal = new AbortController().signal;
const repository = { host: "ghcr.io", path: "team/app" };
const LOGIN = "no credentials were found for ghcr.io: run docker login ghcr.io";

async function hintOf(thrown: unknown, credential?: Credential): Promise<string | undefined> {
  const credentials = { find: async () => credential };
  const failing = withLoginAdvice(() => Promise.reject(thrown), { credentials, repository, signal });
  const error: unknown = await failing.catch((error: unknown) => error);
  assert.ok(error instanceof ImgsyncError);
  return error.details.hint;
}

const docker = (stderr: string) => dockerFailure("docker", "push", { exitCode: 1, stdout: "", stderr });
const crictl = (stderr: string) => crictlFailure("pull", { exitCode: 1, stdout: "", stderr });

describe("a program that a registry refuses", () => {
  const refusals = [
    docker("denied: requested access to the resource is denied"),
    docker("unauthorized: authentication required"),
    docker("no basic auth credentials"),
    crictl("failed to fetch oauth token: unexpected status: 403 Forbidden"),
    crictl("code = Unknown desc = failed to authorize: 401 Unauthorized"),
  ];

  it("gets the hint that there are no credentials, if there are none", async () => {
    for (const refusal of refusals) assert.equal(await hintOf(refusal), LOGIN);
  });

  it("keeps its own hint with credentials, and for other failures", async () => {
    const credential: Credential = { kind: "basic", username: "ada", password: secret("s3cret"), origin: "here" };
    for (const refusal of refusals) assert.notEqual(await hintOf(refusal, credential), LOGIN);
    const socket = docker("permission denied while trying to connect to the docker API at unix:///var/run/docker.sock");
    assert.match((await hintOf(socket)) ?? "", /group docker/);
    assert.match((await hintOf(docker("no space left on device"))) ?? "", /make room/);
  });
});
