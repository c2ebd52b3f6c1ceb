import assert from "node:assert/strict";
import { mkdir, readdir, readFile, stat } from "node:fs/promises";
import { join } from "node:path";
import { after, before, describe, it, type TestContext } from "node:test";
import { environmentName } from "../../src/model/environment-name.ts";
import { type CliResult, finished, makeFolder, startCli } from "../support/cli.ts";
import { type Pace, startCountingProxy } from "../support/counting-proxy.ts";
import { type DockerRegistryOptions, startDockerRegistry } from "../support/docker-registry.ts";
import { type Dockerd, startDockerd } from "../support/dockerd.ts";
import { PRODUCTS } from "../support/embedded-registry/immutability.ts";
import { startRegistry } from "../support/embedded-registry/registry.ts";
import { createGate } from "../support/gate.ts";
import { image, smallImage, twoPlatformIndex } from "../support/images.ts";
import { randomLayer } from "../support/layers.ts";
import { preparePodman } from "../support/podman.ts";
import { findProgram, type ProgramName, requirePrograms, requireRoot } from "../support/programs.ts";
import { pushImage } from "../support/push-image.ts";
import { createScope } from "../support/scope.ts";
import { type SkopeoAccess, skopeoInspectRaw } from "../support/skopeo.ts";

const { onEnd } = createScope();
const NEEDED: readonly ProgramName[] = ["docker", "dockerd", "docker-registry", "skopeo"];

let daemon: Dockerd | undefined;
before(async () => {
  if (NEEDED.every((name) => findProgram(name) !== undefined) && process.getuid?.() === 0)
    daemon = await startDockerd();
});
after(() => daemon?.stop());

function ready(t: TestContext): boolean {
  return requirePrograms(t, ...NEEDED) && requireRoot(t);
}

type Place = {
  readonly docker: Dockerd;
  readonly registry: string;
  readonly run: (...args: readonly string[]) => Promise<CliResult>;
  readonly start: (...args: readonly string[]) => ReturnType<typeof startCli>;
  /** Writes images.yaml, with TARGET replaced by the registry's host. */
  readonly mapping: (text: string, hosts?: string) => Promise<void>;
  readonly folder: string;
  readonly runtimeFolder: string;
};

/** `pace`: uploads go through a proxy with this pace. */
async function place(
  { pace, ...options }: DockerRegistryOptions & { readonly pace?: Pace } = {},
  environment: Readonly<Record<string, string>> = {},
): Promise<Place> {
  if (daemon === undefined) throw new Error("dockerd is not running");
  const behind = await startDockerRegistry(options);
  onEnd(behind.stop);
  const registry = pace === undefined ? behind : await startCountingProxy(behind.host, { pace });
  if (registry !== behind) onEnd(registry.stop);
  const folder = await makeFolder();
  onEnd(folder.remove);
  const runtimeFolder = join(folder.path, "run");
  await mkdir(runtimeFolder, { mode: 0o700 });
  const { htpasswd } = options;
  const suffix = environmentName(registry.host);
  const credentials =
    htpasswd === undefined
      ? {}
      : { [`IMGSYNC_USERNAME_${suffix}`]: htpasswd.username, [`IMGSYNC_PASSWORD_${suffix}`]: htpasswd.password };
  const all = { DOCKER_HOST: daemon.host, XDG_RUNTIME_DIR: runtimeFolder, ...credentials, ...environment };
  const start = (...args: readonly string[]) => startCli(args, { cwd: folder.path, environment: all });
  return {
    docker: daemon,
    registry: registry.host,
    run: (...args) => finished(start(...args)),
    start,
    mapping: (text, hosts = "") => {
      const known = `registries:\n  ${registry.host}: { plainHttp: true }\n${hosts}`;
      return folder.write("images.yaml", `version: 1\n${known}images:\n${text.replaceAll("TARGET", registry.host)}`);
    },
    folder: folder.path,
    runtimeFolder,
  };
}

async function configDigest(reference: string, access: SkopeoAccess = {}): Promise<unknown> {
  const manifest: unknown = JSON.parse(Buffer.from(await skopeoInspectRaw(reference, access)).toString("utf8"));
  const config = typeof manifest === "object" && manifest !== null && "config" in manifest ? manifest.config : {};
  return typeof config === "object" && config !== null && "digest" in config ? config.digest : undefined;
}

async function applyThenPlan({ run }: Place, ...flags: readonly string[]): Promise<void> {
  const applied = await run("apply", "--yes", ...flags);
  assert.equal(applied.code, 0, applied.stderr + applied.stdout);
  const again = await run("plan", "--detailed-exitcode", ...flags);
  assert.equal(again.code, 0, again.stderr + again.stdout);
  assert.match(again.stdout, /No changes/);
}

describe("a local image of a real docker", () => {
  it("is pushed by name, the next plan has nothing to do, and local tags are unchanged", async (t) => {
    if (!ready(t)) return;
    const at = await place();
    const { docker, registry, mapping, runtimeFolder } = at;
    const id = await docker.importImage("my-image", "by name");
    await mapping("  - { source: docker-daemon:my-image, target: TARGET/my-project/test-image:staging }\n");
    const before = await docker.images();
    await applyThenPlan(at);
    assert.equal(await configDigest(`${registry}/my-project/test-image:staging`), id);
    assert.deepEqual(await docker.images(), before);
    assert.deepEqual(await readdir(runtimeFolder), []);
  });

  it("is pushed by the short ID that docker images shows", async (t) => {
    if (!ready(t)) return;
    const at = await place();
    const { docker, registry, mapping } = at;
    const id = await docker.importImage("short", "by short ID");
    const short = await docker.docker("images", "--quiet", "short");
    assert.equal(short.length, 12);
    await mapping(`  - { source: "docker-daemon:${short}", target: TARGET/my-project/by-short-id:staging }\n`);
    await applyThenPlan(at);
    assert.equal(await configDigest(`${registry}/my-project/by-short-id:staging`), id);
  });

  it("is pushed by ID, and keeps the target's name if it has no other name", async (t) => {
    if (!ready(t)) return;
    const at = await place();
    const { docker, registry, mapping } = at;
    const id = await docker.importImage("nameless", "by ID");
    await mapping(`  - { source: "docker-daemon:${id}", target: TARGET/my-project/by-id:staging }\n`);
    await applyThenPlan(at);
    assert.equal(await configDigest(`${registry}/my-project/by-id:staging`), id);
    const names = await docker.docker("image", "inspect", "--format", "{{json .RepoTags}}", id);
    assert.deepEqual(JSON.parse(names), ["nameless:latest"]);
    await mapping(`  - { source: "docker-daemon:${id}", target: TARGET/my-project/only-name:staging }\n`);
    await docker.docker("tag", id, `${registry}/displaced:x`);
    await docker.docker("rmi", "nameless:latest");
    await docker.importImage(`${registry}/displaced:x`, "takes the name away");
    await applyThenPlan(at);
    const left = await docker.docker("image", "inspect", "--format", "{{json .RepoTags}}", id);
    assert.deepEqual(JSON.parse(left), [`${registry}/my-project/only-name:staging`]);
  });

  it("gives the target's name back to the local image that had it before", async (t) => {
    if (!ready(t)) return;
    const at = await place();
    const { docker, registry, mapping } = at;
    await docker.importImage("displacing", "the one to push");
    const mine = await docker.importImage(`${registry}/app:v1`, "was here before");
    await mapping("  - { source: docker-daemon:displacing, target: TARGET/app:v1 }\n");
    await applyThenPlan(at);
    assert.equal(await docker.docker("image", "inspect", "--format", "{{.Id}}", `${registry}/app:v1`), mine);
  });

  it("keeps the target's name with --keep-local, even if another image had it", async (t) => {
    if (!ready(t)) return;
    const at = await place();
    const { docker, registry, mapping } = at;
    const id = await docker.importImage("kept", "stays under the name of its target");
    await docker.importImage(`${registry}/app:v1`, "had the name before");
    await mapping("  - { source: docker-daemon:kept, target: TARGET/app:v1 }\n");
    const applied = await at.run("apply", "--yes", "--keep-local");
    assert.equal(applied.code, 0, applied.stderr + applied.stdout);
    assert.equal(await docker.docker("image", "inspect", "--format", "{{.Id}}", `${registry}/app:v1`), id);
  });

  it("is reported as missing when docker does not have it", async (t) => {
    if (!ready(t)) return;
    const { run, mapping } = await place();
    await mapping("  - { source: docker-daemon:not-there, target: TARGET/app:v1 }\n");
    const result = await run("plan");
    assert.equal(result.code, 1);
    assert.match(result.stdout, /there is no local image "not-there:latest"/);
  });
});

describe("engine: docker", () => {
  it("refuses an index unless one platform is selected, copies that one, and the next plan has nothing to do", async (t) => {
    if (!ready(t)) return;
    const at = await place();
    const { docker, registry, run, mapping } = at;
    const index = twoPlatformIndex(7);
    await pushImage(registry, "source/app", "v1", index);
    await mapping("  - { source: TARGET/source/app:v1, target: TARGET/mirror/app, engine: docker }\n");
    const refused = await run("plan");
    assert.equal(refused.code, 1);
    assert.match(refused.stdout, /several platforms.*\n.*platforms: \[linux\/amd64\]/);
    await mapping(
      "  - { source: TARGET/source/app:v1, target: TARGET/mirror/app, engine: docker, platforms: [linux/arm64] }\n",
    );
    assert.match((await run("plan")).stdout, /note: digest will change/);
    const images = await docker.images();
    await applyThenPlan(at);
    const arm = JSON.parse(Buffer.from(index.children[1]?.bytes ?? []).toString("utf8"));
    assert.equal(await configDigest(`${registry}/mirror/app:v1`), arm.config.digest);
    assert.deepEqual(await docker.images(), images);
  });

  it("keeps the old index under the backup tag, byte for byte", async (t) => {
    if (!ready(t)) return;
    const { registry, run, mapping } = await place();
    const old = twoPlatformIndex(11);
    await pushImage(registry, "source/app", "v1", smallImage(12));
    await pushImage(registry, "mirror/app", "v1", old);
    await mapping(
      "  - { source: TARGET/source/app:v1, target: TARGET/mirror/app, engine: docker, backup: '{tag}-before-{digest:8}' }\n",
    );
    const { code, stdout, stderr } = await run("apply", "--yes");
    assert.equal(code, 0, stdout + stderr);
    const kept = `${registry}/mirror/app:v1-before-${old.digest.slice("sha256:".length, "sha256:".length + 8)}`;
    assert.deepEqual(Buffer.from(await skopeoInspectRaw(kept)), Buffer.from(old.bytes));
    assert.match((await run("plan")).stdout, /No changes/);
  });

  it("leaves no credentials in the process list or in a file, and other users cannot read them", async (t) => {
    if (!ready(t)) return;
    const password = "very-secret-password-of-the-test";
    const htpasswd = { username: "robot", password };
    const { docker, start, mapping, folder, runtimeFolder } = await place({ htpasswd });
    await docker.importImage("secret-image", "x".repeat(20_000_000));
    await mapping("  - { source: docker-daemon:secret-image, target: TARGET/app:v1 }\n");
    const child = start("apply", "--yes");
    const result = finished(child);
    const running = new Set([result]);
    void result.finally(() => running.clear());
    const modes = new Set<string>();
    const seen: string[] = [];
    while (running.size > 0) {
      seen.push(...(await commandLines()));
      for (const name of await readdir(runtimeFolder)) {
        const path = join(runtimeFolder, name);
        for (const one of [path, join(path, "config.json")])
          modes.add(((await stat(one).catch(() => undefined))?.mode ?? 0).toString(8));
      }
    }
    const { code, stderr, stdout } = await result;
    assert.equal(code, 0, stderr);
    assert.ok(seen.some((line) => line.includes("system dial-stdio")));
    const encoded = Buffer.from(`robot:${password}`).toString("base64");
    for (const secret of [password, encoded]) assert.ok(!seen.join("\n").includes(secret));
    assert.ok(!(stdout + stderr).includes(password));
    modes.delete("0");
    // a private folder and the record of the local tag
    assert.deepEqual([...modes].toSorted(), ["100600", "40700"]);
    assert.deepEqual(await readdir(runtimeFolder), []);
    for (const name of await readdir(folder, { recursive: true })) {
      const text = await readFile(join(folder, name), "utf8").catch(() => "");
      assert.ok(!text.includes(password) && !text.includes(encoded), name);
    }
  });

  it("leaves nothing behind when it is interrupted during a push", async (t) => {
    if (!ready(t)) return;
    const gate = createGate(1_000_000);
    const { docker, registry, start, mapping, runtimeFolder } = await place({ pace: gate.pace });
    await docker.importImage(
      "interrupted",
      Buffer.from(randomLayer({ size: 30_000_000, seed: 3 }).bytes ?? []).toString("hex"),
    );
    await mapping("  - { source: docker-daemon:interrupted, target: TARGET/app:v1 }\n");
    const child = start("apply", "--yes");
    const result = finished(child);
    await gate.reached;
    // not child.kill: Deno would report that signal instead of the exit code
    assert.ok(child.pid);
    process.kill(child.pid, "SIGTERM");
    const { code, signal, stderr } = await result;
    assert.equal(code, 143, `${signal}: ${stderr}`);
    gate.open();
    assert.deepEqual(await readdir(runtimeFolder), []);
    await assert.rejects(docker.docker("image", "inspect", `${registry}/app:v1`), /No such image/i);
  });
});

describe("a docker daemon that fails", () => {
  it("is reported as not answering when it does not run", async (t) => {
    if (!ready(t)) return;
    const { run, mapping, folder } = await place({}, { DOCKER_HOST: "unix:///no/such/docker.sock" });
    await mapping("  - { source: docker-daemon:my-image, target: TARGET/app:v1 }\n");
    const { code, stdout } = await run("plan");
    assert.equal(code, 1, folder);
    assert.match(stdout, /the docker daemon does not answer/);
    assert.match(stdout, /systemctl start docker/);
  });

  it("is waited for when it is restarted during a push", async (t) => {
    if (!ready(t)) return;
    const gate = createGate(1_000_000);
    const { registry, start, mapping, docker } = await place({ pace: gate.pace });
    const text = Buffer.from(randomLayer({ size: 30_000_000, seed: 4 }).bytes ?? []).toString("hex");
    const id = await docker.importImage("restarted", text);
    await mapping("  - { source: docker-daemon:restarted, target: TARGET/app:v1 }\n");
    const result = finished(start("apply", "--yes"));
    await gate.reached;
    await docker.restart();
    gate.open();
    const { code, stderr, stdout } = await result;
    assert.equal(code, 0, stderr + stdout);
    assert.equal(await configDigest(`${registry}/app:v1`), id);
  });
});

describe("a registry that refuses to move a tag", () => {
  it('blocks the change unless docker prints nothing but "denied"', async (t) => {
    if (!ready(t)) return;
    const { docker, run, mapping } = await place();
    await docker.importImage("refused", "refused");
    const targets: string[] = [];
    const registries = [];
    for (const product of PRODUCTS) {
      const registry = await startRegistry({ immutable: { product, repositories: ["app"] } });
      onEnd(registry.stop);
      registry.putImage("app", "v1", smallImage(1));
      registries.push(registry);
      targets.push(`  - { source: docker-daemon:refused, target: ${registry.host}/app:v1 }\n`);
    }
    const hosts = registries.map(({ host }) => `  ${host}: { plainHttp: true }\n`).join("");
    await mapping(targets.join(""), hosts);
    const { code, stdout, stderr } = await run("apply", "--yes", "--format", "json");
    assert.equal(code, 3, stderr);
    // the document that event.schema.json describes
    const last = JSON.parse(stdout.trim().split("\n").at(-1) ?? "") as {
      readonly results: readonly { readonly result: { readonly outcome: string } }[];
    };
    // docker prints only "denied" for these two
    const wordless = new Set(["gitlab", "jfrog"]);
    assert.deepEqual(
      last.results.map(({ result }) => result.outcome),
      PRODUCTS.map((product) => (wordless.has(product) ? "failed" : "blocked")),
    );
    for (const registry of registries) assert.equal(registry.store.tags("app").get("v1"), smallImage(1).digest);
  });
});

describe("podman instead of docker", () => {
  it("pushes a local image and one from a registry, and the next plan has nothing to do", async (t) => {
    if (!ready(t) || !requirePrograms(t, "podman")) return;
    const { podman, importImage, ...prepared } = await preparePodman();
    onEnd(prepared.remove);
    const htpasswd = { username: "robot", password: "podman-password" };
    const at = await place({ htpasswd }, prepared.environment);
    await prepared.allowPlainHttp(at.registry);
    const id = await importImage("my-image", "by podman");
    const single = image({ layers: [randomLayer({ size: 1000, seed: 5 })] });
    await pushImage(at.registry, "source/app", "v1", single, { credentials: htpasswd });
    await at.mapping(
      "  - { source: docker-daemon:my-image, target: TARGET/my-project/test-image:staging }\n" +
        "  - { source: TARGET/source/app:v1, target: TARGET/mirror/app, engine: docker }\n",
    );
    const images = await podman("image", "ls", "--all", "--format", "{{.Repository}}:{{.Tag}} {{.ID}}");
    await applyThenPlan(at, "--docker-command", "podman");
    assert.equal(await configDigest(`${at.registry}/my-project/test-image:staging`, { credentials: htpasswd }), id);
    assert.equal(await podman("image", "ls", "--all", "--format", "{{.Repository}}:{{.Tag}} {{.ID}}"), images);
    assert.deepEqual(
      (await readdir(at.runtimeFolder)).filter((name) => name.startsWith("imgsync")),
      [],
    );
  });
});

/** Returns the command lines of all processes on this machine. */
async function commandLines(): Promise<readonly string[]> {
  const ids = (await readdir("/proc")).filter((name) => /^[0-9]+$/.test(name));
  const lines = ids.map((id) => readFile(join("/proc", id, "cmdline"), "utf8").catch(() => ""));
  return (await Promise.all(lines)).map((line) => line.replaceAll("\0", " "));
}
