import assert from "node:assert/strict";
import process from "node:process";
import { after, before, describe, it } from "node:test";
import { type CliResult, makeFolder, runCli } from "../support/cli.ts";
import { type EmbeddedRegistry, startRegistry } from "../support/embedded-registry/registry.ts";
import { smallImage } from "../support/images.ts";
import { createRandom } from "../support/random.ts";
import { type ControlPlane, startControlPlane } from "./support/control-plane.ts";
import { dockerConfig, readExample, registrySecret } from "./support/example.ts";
import { endOf, indexOf, jobEnd, podsIn } from "./support/jobs.ts";
import { ALL_TAGS, contentOf, fillSource, mirrorManifest, PLANS, uploadsTo } from "./support/large-mirror.ts";
import { type NodeAgent, startNodeAgent } from "./support/node-agent.ts";
import { until } from "./support/until.ts";

const SHARDS = 16;
const PARALLEL = 4;
const KILLS = 6;
const SEED = Number(process.env["IMGSYNC_TEST_SEED"] ?? 1);
const MINUTE = 60_000;
/** Changes that a pod has in progress, and the blobs of an image: so much may have to be sent again after a kill. */
const SENT_AGAIN = 8 * 3;

type Merged = {
  readonly outcomes: Readonly<Record<string, number>>;
  readonly results: readonly {
    readonly change: { readonly target: string };
    readonly result: { readonly digest: string };
  }[];
};

/** A mirror that is planned on this machine and applied by a Job in a namespace. */
type Mirror = {
  readonly namespace: string;
  /** Runs imgsync on this machine, with the manifest and the logins. */
  readonly run: (...args: readonly string[]) => Promise<CliResult>;
  readonly planPlace: string;
  readonly plan: () => Promise<string>;
  readonly startJob: (changes?: Readonly<Record<string, unknown>>) => Promise<void>;
  readonly jobPath: string;
  readonly readFile: (name: string) => Promise<string>;
};

describe(`shards.yaml on a real control plane, with seed ${SEED}`, () => {
  let plane: ControlPlane;
  let agent: NodeAgent;
  let source: EmbeddedRegistry;
  let target: EmbeddedRegistry;
  let names: readonly string[];
  let mirror: Mirror;
  /** How many tags have been written to the target. */
  let written = 0;
  const undo: (() => Promise<void>)[] = [];
  /** How often a pod of each index was killed. */
  const killed = new Map<number, number>();

  const createMirror = async (namespace: string, repositories: readonly string[]): Promise<Mirror> => {
    const manifest = mirrorManifest(source, target, repositories);
    const logins = { [target.host]: "mirror:s3cret" };
    const folder = await makeFolder({ "images.yaml": manifest, "config.json": dockerConfig(logins) });
    undo.push(folder.remove);
    const planPlace = `oci://${target.host}/${PLANS}:${namespace}`;
    const run = (...args: readonly string[]): Promise<CliResult> =>
      runCli(args, { cwd: folder.path, environment: { DOCKER_CONFIG: folder.path } });
    return {
      namespace,
      run,
      planPlace,
      plan: async () => {
        const { code, stdout, stderr } = await run(
          "plan",
          "--shards",
          String(SHARDS),
          "--out",
          planPlace,
          "--out",
          "plan.json",
        );
        assert.equal(code, 0, stderr);
        return stdout;
      },
      startJob: async (changes = {}) => {
        const objects = readExample("shards.yaml", {
          namespace,
          files: { "images.yaml": manifest },
          word: (text) => [
            text.startsWith("oci://") ? planPlace : text.replace("--parallel=8", `--parallel=${PARALLEL}`),
          ],
          job: { completions: SHARDS, parallelism: PARALLEL, ...changes },
        });
        for (const object of objects) {
          await plane.api.create(object);
          if (object.kind === "Namespace") await plane.api.create(registrySecret(namespace, logins));
        }
      },
      jobPath: `/apis/batch/v1/namespaces/${namespace}/jobs/shards`,
      readFile: folder.read,
    };
  };

  /** Kills a pod that runs, but none of an index that would then have no attempt left. */
  const killOne = (random: () => number): boolean => {
    const running = podsIn(agent, mirror.namespace).filter(
      (pod) => pod.isRunning() && (killed.get(indexOf(pod)) ?? 0) < 2,
    );
    const victim = running[Math.floor(random() * running.length)];
    if (victim?.kill() !== true) return false;
    killed.set(indexOf(victim), (killed.get(indexOf(victim)) ?? 0) + 1);
    return true;
  };

  before(async () => {
    source = await startRegistry();
    undo.push(source.stop);
    target = await startRegistry({
      auth: { kind: "basic", users: { mirror: "s3cret" } },
      onRequest: ({ method, kind, repository }) => {
        if (method === "PUT" && kind === "manifest" && repository !== PLANS) written += 1;
      },
    });
    undo.push(target.stop);
    names = fillSource(source);
    plane = await startControlPlane();
    undo.push(plane.stop);
    agent = await startNodeAgent(plane.api, plane.port);
    undo.push(agent.stop);
    mirror = await createMirror("imgsync", names);
  });
  after(async () => {
    for (const one of undo.toReversed()) await one();
  });

  it("plans 10,000 tags in 16 shards", async () => {
    const text = await mirror.plan();
    assert.match(text, /^plan: 10,000 to create/m);
    assert.match(text, /^16 shards/m);
    assert.equal(written, 0);
  });

  it("applies all shards although pods are killed and the API server restarts", async () => {
    const random = createRandom(SEED);
    const moments = Array.from({ length: KILLS }, () => Math.floor(ALL_TAGS * (0.05 + 0.85 * random())));
    await mirror.startJob();
    let end: { readonly type: string } | undefined;
    const ended = jobEnd(plane.api, mirror.jobPath, 14 * MINUTE).then((found) => (end = found));
    let restarted: Promise<void> | undefined;
    for (const moment of moments.toSorted((a, b) => a - b)) {
      await until(`${moment} tags are written`, () => end !== undefined || written >= moment, 10 * MINUTE);
      if (end !== undefined) break;
      if (moment >= ALL_TAGS / 3) restarted ??= plane.stopApiServer().then(plane.startApiServer);
      await until("a pod is killed", () => killOne(random));
    }
    const { type, status } = await ended;
    await restarted;
    const pods = podsIn(agent, mirror.namespace);
    assert.equal(type, "Complete", endOf(pods));
    assert.equal(status.succeeded, SHARDS);
    assert.ok(restarted !== undefined, "the API server was restarted");
    assert.equal(pods.flatMap(({ kills }) => kills).length, KILLS);
    assert.ok(pods.length >= SHARDS + KILLS, `${pods.length} pods`);
  });

  it("ends in the same state as one run, digest by digest", async () => {
    const single = await startRegistry();
    undo.push(single.stop);
    const folder = await makeFolder({ "images.yaml": mirrorManifest(source, single, names) });
    undo.push(folder.remove);
    const { code, stderr } = await runCli(["apply", "--yes", "--quiet"], { cwd: folder.path });
    assert.equal(code, 0, stderr);
    const content = contentOf(single);
    assert.equal(content.length, ALL_TAGS);
    assert.deepEqual(contentOf(target), content);
  });

  it("uploaded no blob twice in one shard, and none of one repository twice, except after a kill", async () => {
    const { shards } = JSON.parse(await mirror.readFile("plan.json")) as { shards: { repositories: string[] }[] };
    const shardOf = new Map(
      shards.flatMap(({ repositories }, at) =>
        repositories.map((name) => [name.slice(target.host.length + 1), at] as const),
      ),
    );
    assert.equal(shardOf.size, names.length);
    const uploads = uploadsTo(target);
    assert.ok(uploads.size > 2 * ALL_TAGS, `${uploads.size} blobs`);
    const again = [...uploads].flatMap(([digest, repositories]) => {
      const by = repositories.map((name) => shardOf.get(name) ?? -1);
      return by.filter((shard, at) => by.indexOf(shard) !== at).map((shard) => ({ digest, shard }));
    });
    assert.deepEqual(
      again.filter(({ shard }) => !killed.has(shard)),
      [],
    );
    assert.ok(again.length <= KILLS * SENT_AGAIN, `${again.length} uploads were repeated after ${KILLS} kills`);
    // only a layer that repositories of several shards have is uploaded by each of them
    const byMany = [...uploads].filter(
      ([, repositories]) => new Set(repositories.map((name) => shardOf.get(name))).size > 1,
    );
    assert.ok(byMany.length <= 32, `${byMany.length} blobs`);
  });

  it("makes one report of all shards, with each tag once", async () => {
    const text = await mirror.run("report", "merge", mirror.planPlace, "--file", "images.yaml");
    assert.equal(text.code, 0, text.stderr + text.stdout.slice(-1000));
    assert.match(text.stdout, /^16 of 16 shards reported$/m);
    const json = await mirror.run("report", "merge", mirror.planPlace, "--file", "images.yaml", "--format", "json");
    const { outcomes, results } = JSON.parse(json.stdout) as Merged;
    const { applied = 0, unchanged = 0, ...others } = outcomes;
    assert.equal(applied + unchanged, ALL_TAGS);
    assert.ok(unchanged <= KILLS * (ALL_TAGS / SHARDS + 100), `${unchanged} were already there`);
    assert.deepEqual([...new Set(Object.values(others))], [0]);
    const reported = results.map(
      ({ change, result }) => `${change.target.slice(target.host.length + 1)} ${result.digest}`,
    );
    assert.deepEqual(reported.toSorted(), contentOf(target));
  });

  it("fails, and names the shard, if one is lost", async () => {
    const repositories = Array.from({ length: SHARDS }, (_, at) => `lost/app-${at}`);
    for (const [at, name] of repositories.entries()) source.putImage(name, "v1", smallImage(1000 + at));
    const small = await createMirror("imgsync-lost", repositories);
    await small.plan();
    await small.startJob({ backoffLimitPerIndex: 0 });
    await until(
      "the pod of an index is killed",
      () => podsIn(agent, small.namespace).some((pod) => indexOf(pod) === 5 && pod.kill()),
      2 * MINUTE,
    );
    const { type, status } = await jobEnd(plane.api, small.jobPath, 5 * MINUTE);
    assert.deepEqual([type, status.failedIndexes], ["Failed", "5"], endOf(podsIn(agent, small.namespace)));
    const merged = await small.run("report", "merge", small.planPlace, "--file", "images.yaml");
    assert.equal(merged.code, 1);
    assert.match(merged.stdout, /^15 of 16 shards reported$/m);
    assert.match(merged.stdout, /^no report of shard 6: what was done there is unknown/m);
  });
});
