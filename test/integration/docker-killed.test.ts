import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { mkdir, readdir } from "node:fs/promises";
import { join } from "node:path";
import process from "node:process";
import { after, before, describe, it, type TestContext } from "node:test";
import { type CliResult, finished, makeFolder, startCli } from "../support/cli.ts";
import { startCountingProxy } from "../support/counting-proxy.ts";
import { startDockerRegistry } from "../support/docker-registry.ts";
import { type Dockerd, type ImageStore, startDockerd } from "../support/dockerd.ts";
import { createGate, type Gate } from "../support/gate.ts";
import { image } from "../support/images.ts";
import { randomLayer } from "../support/layers.ts";
import { preparePodman } from "../support/podman.ts";
import { findProgram, type ProgramName, requirePrograms, requireRoot } from "../support/programs.ts";
import { pushImage } from "../support/push-image.ts";
import { createScope } from "../support/scope.ts";

const { onEnd } = createScope();
const SIZE = 3_000_000;
const HALF = 1_000_000;

const DAEMONS: Readonly<Record<ImageStore, ProgramName>> = { classic: "dockerd", containerd: "containerd-store" };

type Place = {
  readonly host: string;
  /** Starts a registry to copy from. */
  readonly startSource: () => Promise<string>;
  /** Runs `apply` with this entry, in which TARGET is the registry, and kills it when the push is in the middle. */
  readonly killedPush: (entry: string) => Promise<void>;
  readonly apply: (entry: string) => Promise<CliResult>;
  /** What a killed run left in the folder for private files. */
  readonly records: () => Promise<readonly string[]>;
};

async function place(environment: Readonly<Record<string, string>>, command: string): Promise<Place> {
  const behind = await startDockerRegistry();
  onEnd(behind.stop);
  let gate: Gate | undefined;
  let passed = 0;
  const proxy = await startCountingProxy(behind.host, {
    pace: (bytes) => {
      if (gate === undefined) passed = bytes;
      return gate?.pace(bytes - passed);
    },
  });
  onEnd(proxy.stop);
  const folder = await makeFolder();
  onEnd(folder.remove);
  const hosts = [proxy.host];
  const runtimeFolder = join(folder.path, "run");
  await mkdir(runtimeFolder, { mode: 0o700 });
  const start = async (entry: string): Promise<ReturnType<typeof startCli>> => {
    await folder.write(
      "images.yaml",
      `version: 1
registries: { ${hosts.map((host) => `"${host}": { plainHttp: true }`).join(", ")} }
images: [${entry.replaceAll("TARGET", proxy.host)}]
`,
    );
    return startCli(["apply", "--yes", "--docker-command", command], {
      cwd: folder.path,
      environment: { XDG_RUNTIME_DIR: runtimeFolder, ...environment },
    });
  };
  return {
    host: proxy.host,
    startSource: async () => {
      const source = await startDockerRegistry();
      onEnd(source.stop);
      hosts.push(source.host);
      return source.host;
    },
    killedPush: async (entry) => {
      gate = createGate(HALF);
      const child = await start(entry);
      const result = finished(child);
      await gate.reached;
      assert.ok(child.pid);
      process.kill(child.pid, "SIGKILL");
      await result;
      gate.open();
      gate = undefined;
    },
    apply: async (entry) => {
      const result = await finished(await start(entry));
      assert.equal(result.code, 0, result.stderr + result.stdout);
      return result;
    },
    records: async () => (await readdir(runtimeFolder)).filter((name) => name.startsWith("imgsync-")),
  };
}

for (const store of ["classic", "containerd"] as const) {
  describe(`after a kill -9 in the middle of a push by docker with its ${store} image store, the next run`, () => {
    let daemon: Dockerd | undefined;
    const needed: readonly ProgramName[] = ["docker", DAEMONS[store], "docker-registry"];
    before(async () => {
      if (needed.every((name) => findProgram(name) !== undefined) && process.getuid?.() === 0)
        daemon = await startDockerd({ store });
    });
    after(() => daemon?.stop());

    /** `tag`: the local tag that is left. `other`: makes a change in which docker is used again. */
    async function leftBehind(t: TestContext, prepare?: (docker: Dockerd, tag: string) => Promise<unknown>) {
      if (!requirePrograms(t, ...needed) || !requireRoot(t)) return undefined;
      const docker = daemon;
      assert.ok(docker);
      const at = await place({ DOCKER_HOST: docker.host, PATH: docker.path }, "docker");
      const id = await docker.importImage("killed", randomBytes(SIZE));
      await docker.importImage("other", randomBytes(100));
      const tag = `${at.host}/app:v1`;
      await prepare?.(docker, tag);
      const images = await docker.images();
      await at.killedPush("{ source: docker-daemon:killed, target: TARGET/app:v1 }");
      assert.equal(await imageAt(docker, tag), id);
      assert.equal((await at.records()).length > 0, true);
      return {
        docker,
        at,
        id,
        tag,
        images,
        /** Uses docker for another image, and expects no record afterwards. */
        next: async () => {
          await at.apply("{ source: docker-daemon:other, target: TARGET/other:v1 }");
          assert.deepEqual(await at.records(), []);
        },
      };
    }

    it("removes the tag", async (t) => {
      const left = await leftBehind(t);
      if (left === undefined) return;
      await left.next();
      assert.deepEqual(await left.docker.images(), left.images);
    });

    it("makes the tag again for the same push, and removes it", async (t) => {
      const left = await leftBehind(t);
      if (left === undefined) return;
      const { stdout } = await left.at.apply("{ source: docker-daemon:killed, target: TARGET/app:v1 }");
      assert.match(stdout, /1 applied/);
      assert.deepEqual(await left.at.records(), []);
      assert.deepEqual(await left.docker.images(), left.images);
    });

    it("gives the tag back to the image that had it before", async (t) => {
      const left = await leftBehind(t, (docker, tag) => docker.importImage(tag, "the user's own"));
      if (left === undefined) return;
      await left.next();
      assert.deepEqual(await left.docker.images(), left.images);
    });

    it("leaves a tag that the user had before for the same image", async (t) => {
      const left = await leftBehind(t, (docker, tag) => docker.docker("tag", "killed", tag));
      if (left === undefined) return;
      await left.next();
      assert.equal(await imageAt(left.docker, left.tag), left.id);
    });

    it("leaves the tag if the user has set it since, to the same image or another", async (t) => {
      const same = await leftBehind(t);
      if (same === undefined) return;
      await same.docker.docker("tag", "killed", same.tag);
      await same.next();
      assert.equal(await imageAt(same.docker, same.tag), same.id);
      const moved = await leftBehind(t);
      assert.ok(moved);
      await moved.docker.docker("tag", "other", moved.tag);
      const other = await imageAt(moved.docker, "other");
      await moved.next();
      assert.equal(await imageAt(moved.docker, moved.tag), other);
    });

    it("removes the tag although the user has given the image other tags since", async (t) => {
      const left = await leftBehind(t);
      if (left === undefined) return;
      await left.docker.docker("tag", "killed", "mine:v1");
      await left.next();
      assert.equal(await imageAt(left.docker, "mine:v1"), left.id);
      assert.equal(await imageAt(left.docker, left.tag), undefined);
    });

    const outcome = store === "classic" ? "removes" : "leaves";
    it(`${outcome} the tag if the daemon has forgotten its log, and leaves it if the image has got another since`, async (t) => {
      const left = await leftBehind(t);
      if (left === undefined) return;
      await left.docker.restart();
      await left.next();
      // containerd's store does not note that a tag was set again
      assert.equal(await imageAt(left.docker, left.tag), store === "classic" ? undefined : left.id);
      const unclear = await leftBehind(t);
      assert.ok(unclear);
      await unclear.docker.docker("tag", "killed", "mine:v2");
      await unclear.docker.restart();
      await unclear.next();
      assert.equal(await imageAt(unclear.docker, unclear.tag), unclear.id);
    });

    it("removes the image that was pulled only for the push", async (t) => {
      if (!requirePrograms(t, ...needed) || !requireRoot(t)) return;
      const docker = daemon;
      assert.ok(docker);
      const at = await place({ DOCKER_HOST: docker.host, PATH: docker.path }, "docker");
      const copied = image({ layers: [randomLayer({ size: SIZE, seed: SIZE })] });
      await docker.importImage("other", randomBytes(100));
      const images = await docker.images();
      const source = await at.startSource();
      await pushImage(source, "source/app", "v1", copied);
      const entry = `{ source: ${source}/source/app:v1, target: TARGET/copy, engine: docker }`;
      await at.killedPush(entry);
      assert.notDeepEqual(await docker.images(), images);
      await at.apply("{ source: docker-daemon:other, target: TARGET/other:v1 }");
      assert.deepEqual(await docker.images(), images);
      assert.deepEqual(await at.records(), []);
    });
  });
}

describe("after a kill -9 in the middle of a push by podman, the next run", () => {
  it("removes the tag and the credentials, and leaves a tag that the user has set since", async (t) => {
    if (!requirePrograms(t, "podman", "docker-registry")) return;
    const { podman, importImage, ...prepared } = await preparePodman();
    onEnd(prepared.remove);
    const at = await place(prepared.environment, "podman");
    await prepared.allowPlainHttp(at.host);
    await importImage("killed", randomBytes(SIZE));
    await importImage("other", randomBytes(100));
    const list = () => podman("image", "ls", "--format", "{{.Repository}}:{{.Tag}} {{.ID}}");
    const images = await list();
    await at.killedPush("{ source: docker-daemon:killed, target: TARGET/app:v1 }");
    assert.notEqual(await list(), images);
    assert.equal((await at.records()).length, 2);
    await at.apply("{ source: docker-daemon:other, target: TARGET/other:v1 }");
    assert.equal(await list(), images);
    assert.deepEqual(await at.records(), []);
    await at.killedPush("{ source: docker-daemon:killed, target: TARGET/app:v2 }");
    await podman("tag", "killed", `${at.host}/app:v2`);
    const tagged = await list();
    await at.apply("{ source: docker-daemon:other, target: TARGET/other:v2 }");
    assert.equal(await list(), tagged);
    assert.deepEqual(await at.records(), []);
  });
});

/** Returns the ID of the image with this name, if there is one. */
async function imageAt(docker: Dockerd, name: string): Promise<string | undefined> {
  return docker.docker("image", "inspect", "--format", "{{.Id}}", name).catch(() => undefined);
}
