import assert from "node:assert/strict";
import { systemClock } from "../../../src/async/system-clock.ts";
import { chmod, mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, it } from "node:test";
import { createTransfers } from "../../../src/programs/docker/choose-transfers.ts";
import { createDockerCli } from "../../../src/programs/docker/docker-cli.ts";
import { createDockerEngine } from "../../../src/programs/docker/engine.ts";
import { createLocalRecords } from "../../../src/programs/docker/local-records.ts";
import { createLocalImages } from "../../../src/programs/docker/inspect.ts";
import { createExec } from "../../../src/programs/exec.ts";
import { type Digest, digestOf } from "../../../src/model/digest.ts";
import { ImgsyncError } from "../../../src/model/error.ts";
import type { Change } from "../../../src/model/plan.ts";
import type { Applied, ApplyOptions } from "../../../src/model/ports.ts";
import { secret } from "../../../src/model/secret.ts";
import { change } from "../../support/changes.ts";
import type { EmbeddedRegistry } from "../../support/embedded-registry/registry.ts";
import { smallImage } from "../../support/images.ts";
import { createScope } from "../../support/scope.ts";

const { registry: startRegistry, client, onEnd } = createScope();

const PASSWORD = "a-password-of-the-test";
const ID: Digest = digestOf("the local image");

type Fake = {
  readonly apply: (options?: Partial<ApplyOptions>) => Promise<Applied>;
  /** The command lines in order; `configs` has the config.json that each of them read. */
  readonly calls: () => Promise<readonly string[]>;
  readonly configs: () => Promise<string>;
  readonly target: EmbeddedRegistry;
  readonly privateFolder: string;
};

/** Creates a fake docker, a shell script that records its calls, has one image, and runs the given `push`. */
async function fake({ push, rest = {} }: { readonly push: string; readonly rest?: Partial<Change> }): Promise<Fake> {
  const folder = await mkdtemp(join(tmpdir(), "imgsync-fake-docker-"));
  onEnd(() => rm(folder, { recursive: true, force: true }));
  const privateFolder = await mkdtemp(join(folder, "private-"));
  const program = join(folder, "docker");
  const inspected = JSON.stringify([{ Id: ID, RepoTags: ["app:local"], RepoDigests: [] }]);
  await writeFile(
    program,
    `#!/bin/sh
echo "$@" >> ${folder}/calls
cat "$DOCKER_CONFIG/config.json" >> ${folder}/configs 2>/dev/null
case "$*" in
  "context inspect") echo '[]' ;;
  "image inspect -- ${ID}") echo '${inspected}' ;;
  "image inspect"*) echo "Error: No such image" >&2; exit 1 ;;
  push*) ${push} ;;
esac
`,
  );
  await chmod(program, 0o700);
  const target = await startRegistry();
  const run = createDockerCli({
    exec: createExec({ environment: { PATH: "/usr/bin:/bin" } }),
    command: program,
    daemon: async () => ({}),
  });
  const engine = createDockerEngine({
    run,
    transfers: createTransfers({ run, name: "docker", isContentTrusted: false, clock: systemClock }),
    images: createLocalImages(run, "docker"),
    client: client(),
    credentials: {
      find: async () => ({ kind: "basic", username: "me", password: secret(PASSWORD), origin: "the test" }),
    },
    records: createLocalRecords([privateFolder]),
    placeOf: async () => "here",
    privateParents: [privateFolder],
    keepLocal: false,
  });
  const declared = change("x.test/unused:v1", `${target.host}/app:v1`, ID);
  const { wanted: _, ...unknown } = declared;
  const daemonChange: Change = {
    ...unknown,
    source: { kind: "docker-daemon", image: "app:local" },
    engine: "docker",
    sourceDigest: ID,
    ...rest,
  };
  const read = (name: string): Promise<string> => readFile(join(folder, name), "utf8").catch(() => "");
  return {
    apply: (options = {}) =>
      engine.apply(daemonChange, {
        signal: new AbortController().signal,
        onProgress: () => {},
        recheck: async () => "go",
        ...options,
      }),
    calls: async () => (await read("calls")).trim().split("\n"),
    configs: () => read("configs"),
    target,
    privateFolder,
  };
}

function isError(code: string, said: RegExp) {
  return (thrown: unknown): boolean =>
    thrown instanceof ImgsyncError && thrown.code === code && said.test(thrown.message);
}

describe("the docker engine", () => {
  it("never passes a name as an option, and passes credentials only in a file that it removes", async () => {
    const { apply, calls, configs, target, privateFolder } = await fake({ push: "exit 1" });
    await assert.rejects(apply());
    const name = `${target.host}/app:v1`;
    assert.deepEqual(await calls(), [
      `image inspect -- ${ID}`,
      `image inspect -- ${name}`,
      `tag -- ${ID} ${name}`,
      `image inspect -- ${ID}`,
      "version --format {{json .}}",
      `push -- ${name}`,
      `image inspect -- ${ID}`,
      `image rm -- ${name}`,
    ]);
    const auth = Buffer.from(`me:${PASSWORD}`).toString("base64");
    assert.deepEqual(JSON.parse(await configs()), { auths: { [target.host]: { auth } } });
    assert.deepEqual(await readdir(privateFolder), []);
  });

  it("fails when docker exits with 0 but the tag does not exist", async () => {
    const { apply } = await fake({ push: "exit 0" });
    await assert.rejects(apply(), isError("REGISTRY_PROTOCOL", /the tag is not there/));
  });

  it("fails when docker exits with 0 but the tag has another image", async () => {
    const { apply, target } = await fake({ push: "exit 0" });
    target.putImage("app", "v1", smallImage(1));
    await assert.rejects(apply(), isError("CONTENT_MISMATCH", /another image/));
  });

  it("retries when the daemon goes away, and reports a daemon that stays away", async () => {
    const words = "Cannot connect to the Docker daemon at unix:///x. Is the docker daemon running?";
    const { apply, calls } = await fake({ push: `echo "${words}" >&2; exit 1` });
    await assert.rejects(apply(), isError("UNSUPPORTED", /daemon stopped answering/));
    assert.equal((await calls()).filter((line) => line.startsWith("push")).length, 5);
  });

  it("stops retrying when another client has moved the tag in the meantime", async () => {
    const { apply, calls, target } = await fake({ push: "echo 'unexpected EOF' >&2; exit 1" });
    await assert.rejects(
      apply({
        recheck: async () => {
          target.putImage("app", "v1", smallImage(2));
          return "go";
        },
      }),
      isError("TAG_STALE", /by another client/),
    );
    assert.equal((await calls()).filter((line) => line.startsWith("push")).length, 1);
  });

  it("compares the existing image at the final check, and pushes nothing when that check stops it", async () => {
    const there = smallImage(3);
    const { apply, calls, target } = await fake({ push: "exit 1" });
    target.putImage("app", "v1", there);
    const asked: boolean[] = [];
    await assert.rejects(
      apply({
        recheck: async (isWanted) => {
          asked.push((await isWanted?.(there.digest)) ?? false);
          throw new ImgsyncError({ code: "TAG_STALE", message: "stop here" });
        },
      }),
    );
    assert.deepEqual(asked, [false]);
    assert.ok(!(await calls()).some((line) => line.startsWith("push")));
  });

  it("does not push an image other than the planned one", async () => {
    const { apply, calls } = await fake({ push: "exit 0", rest: { sourceDigest: digestOf("removed since") } });
    await assert.rejects(apply(), isError("SOURCE_NOT_FOUND", /no longer exists/));
    assert.ok(!(await calls()).some((line) => line.startsWith("push")));
  });
});
