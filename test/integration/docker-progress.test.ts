import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { join } from "node:path";
import process from "node:process";
import { describe, it, type TestContext } from "node:test";
import * as library from "../../src/index.ts";
import { makeFolder } from "../support/cli.ts";
import { type Pace, startCountingProxy } from "../support/counting-proxy.ts";
import { startDockerRegistry } from "../support/docker-registry.ts";
import { type Dockerd, type ImageStore, startDockerd } from "../support/dockerd.ts";
import { image } from "../support/images.ts";
import { randomLayer } from "../support/layers.ts";
import { startNerdctl } from "../support/nerdctl.ts";
import { preparePodman } from "../support/podman.ts";
import { requirePrograms, requireRoot } from "../support/programs.ts";
import { pushImage } from "../support/push-image.ts";
import { createScope } from "../support/scope.ts";

const { onEnd } = createScope();
const MB = 1_000_000;
const STORES: readonly ImageStore[] = ["classic", "containerd"];
/** A program that reports no bytes would never pass the proxy. */
const PATIENCE = { timeout: 300_000 };

function ready(t: TestContext, store: ImageStore): boolean {
  const daemon = store === "classic" ? "dockerd" : "containerd-store";
  return requirePrograms(t, "docker", daemon, "docker-registry") && requireRoot(t);
}

async function start(store: ImageStore): Promise<Dockerd> {
  const docker = await startDockerd({ store });
  onEnd(docker.stop);
  return docker;
}

type Place = {
  readonly host: string;
  /** Starts a registry to copy from. */
  readonly startSource: () => Promise<string>;
  /** Applies a manifest with this entry, in which TARGET is the registry, and returns its only result. */
  readonly apply: (entry: string) => Promise<library.ChangeResult>;
  /** The bytes of request bodies since the last call. */
  readonly counted: () => number;
};

type PlaceOptions = {
  readonly environment: Readonly<Record<string, string>>;
  readonly dockerCommand?: string;
  readonly pace?: Pace;
  readonly onProgress?: (progress: library.Progress) => void;
};

/** A real registry behind a proxy that counts. */
async function place({ environment, dockerCommand, pace, onProgress = () => undefined }: PlaceOptions): Promise<Place> {
  const behind = await startDockerRegistry();
  onEnd(behind.stop);
  const proxy = await startCountingProxy(behind.host, { pace });
  onEnd(proxy.stop);
  const folder = await makeFolder();
  onEnd(folder.remove);
  const registries: Record<string, { plainHttp: true }> = { [proxy.host]: { plainHttp: true } };
  const options = {
    environment: { PATH: process.env["PATH"] ?? "", HOME: folder.path, XDG_RUNTIME_DIR: folder.path, ...environment },
    settings: dockerCommand === undefined ? { registries } : { registries, dockerCommand },
  };
  return {
    host: proxy.host,
    startSource: async () => {
      const source = await startDockerRegistry();
      onEnd(source.stop);
      registries[source.host] = { plainHttp: true };
      return source.host;
    },
    apply: async (entry) => {
      await folder.write("images.yaml", `version: 1\nimages:\n  - ${entry.replaceAll("TARGET", proxy.host)}\n`);
      const manifest = await library.loadManifest(join(folder.path, "images.yaml"));
      const plan = await library.plan(manifest, options);
      const onEvent = (event: library.Event): void => {
        if (event.type === "change.progress") onProgress(event.progress);
      };
      const report = await library.apply(plan, { ...options, manifest, onEvent });
      const [only] = report.results;
      assert.ok(only);
      assert.equal(only.result.outcome, "applied", JSON.stringify(only.result));
      return only.result;
    },
    counted: () => {
      const bytes = proxy.log.reduce((sum, { bytesIn }) => sum + bytesIn, 0);
      proxy.clearLog();
      return bytes;
    },
  };
}

/** Stops uploads at these numbers of bytes until progress shows that almost all before them have been reported: `progressAt` of the stop. */
function createStops(
  stops: readonly number[],
  progressAt = (bytes: number): number => bytes - 20 * MB,
): {
  readonly pace: Pace;
  readonly onProgress: (progress: library.Progress) => void;
  readonly seen: readonly library.Progress[];
  readonly passed: () => number;
} {
  const seen: library.Progress[] = [];
  let passed = 0;
  let go: (() => void) | undefined;
  const look = (): void => {
    if (go === undefined || (seen.at(-1)?.doneBytes ?? 0) < progressAt(stops[passed] ?? 0)) return;
    passed += 1;
    go();
    go = undefined;
  };
  return {
    seen,
    passed: () => passed,
    pace: (bytes) => {
      if (bytes < (stops[passed] ?? Number.POSITIVE_INFINITY)) return undefined;
      const { promise, resolve } = Promise.withResolvers<void>();
      go = resolve;
      look();
      return promise;
    },
    onProgress: (progress) => {
      seen.push(progress);
      look();
    },
  };
}

function assertClose(reported: number, counted: number): void {
  assert.ok(Math.abs(reported - counted) <= counted / 100, `${reported} reported, ${counted} counted`);
}

/** Returns the progress values strictly between nothing and everything, each once. */
function valuesWithin(seen: readonly library.Progress[]): readonly number[] {
  const values = seen.map(({ doneBytes }) => doneBytes);
  assert.deepEqual(
    values,
    values.toSorted((one, other) => one - other),
  );
  const last = seen.at(-1);
  assert.equal(last?.doneBytes, last?.totalBytes);
  return [...new Set(values)].filter((value) => value > 0 && value < (last?.totalBytes ?? 0));
}

for (const store of STORES) {
  describe(`docker with its ${store} image store`, () => {
    it("reports the bytes of a large layer while they move, and those that really moved", PATIENCE, async (t) => {
      if (!ready(t, store)) return;
      const docker = await start(store);
      const size = 200 * MB;
      const stops = [40 * MB, 80 * MB, 120 * MB, 160 * MB];
      const { seen, passed, ...hooks } = createStops(stops);
      const at = await place({ environment: { DOCKER_HOST: docker.host, PATH: docker.path }, ...hooks });
      await docker.importImage("large", randomBytes(size));
      const { transferredBytes } = await at.apply("{ source: docker-daemon:large, target: TARGET/app:v1 }");
      assert.equal(passed(), stops.length);
      const values = valuesWithin(seen);
      for (const stop of stops) assert.ok(values.some((value) => value > stop - 20 * MB && value < stop + 30 * MB));
      assert.deepEqual(new Set(seen.map(({ totalBytes }) => Math.round(totalBytes / MB))), new Set([200]));
      assert.ok(transferredBytes >= size);
      assertClose(transferredBytes, at.counted());

      // the registry mounts the layer that it has elsewhere
      const mounted = await at.apply("{ source: docker-daemon:large, target: TARGET/other:v1 }");
      assert.ok(at.counted() < 10_000);
      assert.equal(mounted.transferredBytes, 0);

      // one layer is there already, one is new
      const context = await makeFolder({ Dockerfile: "FROM large\nCOPY more /more\n" });
      onEnd(context.remove);
      await context.write("more", randomBytes(MB).toString("hex"));
      await docker.docker("build", "--quiet", "--tag", "larger", context.path);
      const more = await at.apply("{ source: docker-daemon:larger, target: TARGET/app:v2 }");
      const counted = at.counted();
      assert.ok(counted > MB / 2 && counted < 3 * MB, `${counted}`);
      assertClose(more.transferredBytes, counted);
    });

    it("reports pull and push of a copy, each byte by one half", PATIENCE, async (t) => {
      if (!ready(t, store)) return;
      const docker = await start(store);
      // a large and a small layer: equal shares would be far off
      const layers = [randomLayer({ size: 60 * MB, seed: 1 }), randomLayer({ size: MB, seed: 2 })];
      const { seen, passed, ...hooks } = createStops([40 * MB], (bytes) => (61 * MB + bytes - 20 * MB) / 2);
      const at = await place({ environment: { DOCKER_HOST: docker.host, PATH: docker.path }, ...hooks });
      const source = await at.startSource();
      await pushImage(source, "source/app", "v1", image({ layers }));
      const { transferredBytes } = await at.apply(
        `{ source: ${source}/source/app:v1, target: TARGET/app, engine: docker }`,
      );
      assertClose(transferredBytes, at.counted());
      assert.equal(passed(), 1);
      const values = valuesWithin(seen);
      const half = (seen.at(-1)?.totalBytes ?? 0) / 2;
      assert.ok(
        values.some((value) => value < half),
        values.join(" "),
      );
      assert.ok(
        values.some((value) => value > half * 1.2 && value < half * 1.9),
        values.join(" "),
      );
    });
  });
}

describe("podman", () => {
  it("moves what its debug output does not call present", async (t) => {
    if (!requirePrograms(t, "podman", "docker-registry")) return;
    const prepared = await preparePodman();
    onEnd(prepared.remove);
    const at = await place({ environment: prepared.environment, dockerCommand: "podman" });
    await prepared.allowPlainHttp(at.host);
    await prepared.importImage("image", randomBytes(2 * MB));
    const first = await at.apply("{ source: docker-daemon:image, target: TARGET/app:v1 }");
    assertClose(first.transferredBytes, at.counted());
    await prepared.podman("tag", "image", "again");
    const again = await at.apply("{ source: docker-daemon:again, target: TARGET/app:v2 }");
    assert.ok(at.counted() < 10_000);
    assert.equal(again.transferredBytes, 0);
  });
});

describe("nerdctl", () => {
  it("reports bytes while they move, and those that moved", PATIENCE, async (t) => {
    if (!requirePrograms(t, "nerdctl", "containerd", "docker-registry") || !requireRoot(t)) return;
    const containerd = await startNerdctl();
    onEnd(containerd.stop);
    const stops = [30 * MB];
    const { seen, passed, ...hooks } = createStops(stops);
    const at = await place({ environment: containerd.environment, dockerCommand: containerd.program, ...hooks });
    await containerd.importImage("image", randomBytes(50 * MB));
    const first = await at.apply("{ source: docker-daemon:image, target: TARGET/app:v1 }");
    assert.equal(passed(), stops.length);
    assert.ok(valuesWithin(seen).length > 0);
    assertClose(first.transferredBytes, at.counted());
    await containerd.nerdctl("tag", "image", "again");
    const again = await at.apply("{ source: docker-daemon:again, target: TARGET/app:v2 }");
    assert.ok(at.counted() < 10_000);
    // nerdctl counts manifests too
    assert.ok(again.transferredBytes < 10_000, `${again.transferredBytes}`);
  });
});
