import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { untilAborted } from "../../../src/async/until-aborted.ts";
import { ImgsyncError } from "../../../src/model/error.ts";
import { selectOnce } from "../../../src/programs/docker/daemon.ts";
import { createDockerCli, type DockerCli } from "../../../src/programs/docker/docker-cli.ts";
import type { Environment, Exec } from "../../../src/programs/exec.ts";
import { startExpiringItem } from "../../support/expiring-item.ts";
import { createHold } from "../../support/hold.ts";
import { calm } from "../../support/scope.ts";

/** A docker that prints the daemon it is run with. */
const exec: Exec = async (_, __, { environment }) => ({
  exitCode: 0,
  stdout: environment?.["DOCKER_HOST"] ?? "",
  stderr: "",
});

function cliWith(daemon: (signal: AbortSignal) => Promise<Environment>): DockerCli {
  return createDockerCli({ exec, command: "docker", daemon: selectOnce(daemon) });
}

const HERE = { DOCKER_HOST: "tcp://d:2376" };

describe("the daemon of all docker commands", () => {
  it("is found for a command that waits for it when the command that looked for it gives up", async () => {
    const hold = createHold();
    let looks = 0;
    const run = cliWith(async (signal) => {
      looks += 1;
      await untilAborted(hold.pass(), signal);
      return HERE;
    });
    const { signal, expire } = await startExpiringItem();
    const first = run(["version"], { signal });
    const second = run(["version"], calm);
    await hold.arrived;
    await expire();
    await assert.rejects(first, { code: "REGISTRY_TIMEOUT" });
    hold.release();
    assert.equal((await second).stdout, HERE.DOCKER_HOST);
    assert.equal((await run(["version"], calm)).stdout, HERE.DOCKER_HOST);
    assert.equal(looks, 1);
  });

  it("is looked for again after a failure that may be temporary, and not after a lasting one", async () => {
    const failures = [
      new ImgsyncError({ code: "REGISTRY_TIMEOUT", message: "docker context took too long" }),
      new ImgsyncError({ code: "UNSUPPORTED", message: "no such context" }),
    ];
    const run = cliWith(async () => {
      const failure = failures.shift();
      if (failure !== undefined) throw failure;
      return HERE;
    });
    await assert.rejects(run(["version"], calm), { code: "REGISTRY_TIMEOUT" });
    await assert.rejects(run(["version"], calm), { code: "UNSUPPORTED" });
    await assert.rejects(run(["version"], calm), { code: "UNSUPPORTED" });
  });
});
