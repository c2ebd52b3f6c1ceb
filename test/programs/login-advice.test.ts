import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { withLoginAdvice } from "../../src/programs/login-advice.ts";
import { crictlFailure } from "../../src/programs/crictl/failure.ts";
import { dockerFailure } from "../../src/programs/docker/failure.ts";
import { ImgsyncError } from "../../src/model/error.ts";

const repository = { host: "ghcr.io", path: "team/app" };
const LOGIN = "no credentials were found for ghcr.io: run docker login ghcr.io";

function hintOf(thrown: unknown): string | undefined {
  const error = withLoginAdvice(thrown, { find: async () => undefined }, repository);
  assert.ok(error instanceof ImgsyncError);
  return error.details.hint;
}

const docker = (stderr: string) => dockerFailure("docker", "push", { exitCode: 1, stdout: "", stderr });
const crictl = (stderr: string) => crictlFailure("pull", { exitCode: 1, stdout: "", stderr });

describe("a program without credentials that a registry refuses", () => {
  const refusals = [
    docker("denied: requested access to the resource is denied"),
    docker("unauthorized: authentication required"),
    docker("no basic auth credentials"),
    crictl("failed to fetch oauth token: unexpected status: 403 Forbidden"),
    crictl("code = Unknown desc = failed to authorize: 401 Unauthorized"),
  ];

  it("gets the hint that there are none", () => {
    for (const refusal of refusals) assert.equal(hintOf(refusal), LOGIN);
  });

  it("keeps the hint of other failures", () => {
    const socket = docker("permission denied while trying to connect to the docker API at unix:///var/run/docker.sock");
    assert.match(hintOf(socket) ?? "", /group docker/);
    assert.match(hintOf(docker("no space left on device")) ?? "", /make room/);
  });
});
