import assert from "node:assert/strict";
import { chmod, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { after, before, describe, it, type TestContext } from "node:test";
import { environmentName } from "../../src/model/environment-name.ts";
import { validate } from "../../src/schema/validate.ts";
import { type CliResult, makeFolder, runCli } from "../support/cli.ts";
import { type Containerd, startContainerd } from "../support/containerd.ts";
import { startDockerRegistry } from "../support/docker-registry.ts";
import { image, type TestImage, twoPlatformIndex } from "../support/images.ts";
import { randomLayer } from "../support/layers.ts";
import { findProgram, type ProgramName, requirePrograms, requireRoot, runProgram } from "../support/programs.ts";
import { pushImage } from "../support/push-image.ts";
import { createScope } from "../support/scope.ts";

const { onEnd } = createScope();
const NEEDED: readonly ProgramName[] = ["containerd", "crictl", "docker-registry", "skopeo"];
const HTPASSWD = { username: "robot", password: "very-secret:password of the test" };

let daemon: Containerd | undefined;
before(async () => {
  if (NEEDED.every((name) => findProgram(name) !== undefined) && process.getuid?.() === 0)
    daemon = await startContainerd();
});
after(() => daemon?.stop());

function ready(t: TestContext): boolean {
  return requirePrograms(t, ...NEEDED) && requireRoot(t);
}

type Place = {
  readonly node: Containerd;
  readonly registry: string;
  readonly push: (repository: string, tag: string, what: TestImage) => Promise<unknown>;
  /** Writes images.yaml, with TARGET replaced by the registry's host. */
  readonly mapping: (text: string) => Promise<void>;
  readonly pull: (...args: readonly string[]) => Promise<CliResult>;
  /** Each call of crictl: `creds` or `anonymous`, and its arguments. */
  readonly calls: () => Promise<readonly string[]>;
  /** Sets a line of shell that is run before each pull. */
  readonly beforePull: (line: string) => Promise<void>;
  readonly folder: string;
  readonly environment: Readonly<Record<string, string>>;
};

/** Starts a registry that requires credentials, and puts crictl behind a script that records its calls. */
async function place(environment: Readonly<Record<string, string>> = {}): Promise<Place> {
  if (daemon === undefined) throw new Error("containerd is not running");
  const node = daemon;
  const registry = await startDockerRegistry({ htpasswd: HTPASSWD });
  onEnd(registry.stop);
  const { host } = registry;
  await node.allowPlainHttp(host);
  const folder = await makeFolder({ calls: "", hook: "" });
  onEnd(folder.remove);
  const log = join(folder.path, "calls");
  const script = join(folder.path, "crictl");
  await writeFile(
    script,
    `#!/bin/sh
[ -n "$CRICTL_CREDS" ] && who=creds || who=anonymous
# in one write, since several run at a time
printf '%s %s\\n' "$who" "$(tr '\\0' ' ' </proc/$$/cmdline | sed 's/.*crictl //')" >>'${log}'
[ "$1" != pull ] || . '${join(folder.path, "hook")}'
exec '${join(node.crictlFolder, "crictl")}' "$@"
`,
  );
  await chmod(script, 0o755);
  const suffix = environmentName(host);
  const all = {
    PATH: `${folder.path}:${process.env["PATH"] ?? ""}`,
    CONTAINER_RUNTIME_ENDPOINT: node.endpoint,
    [`IMGSYNC_USERNAME_${suffix}`]: HTPASSWD.username,
    [`IMGSYNC_PASSWORD_${suffix}`]: HTPASSWD.password,
    ...environment,
  };
  return {
    node,
    registry: host,
    push: (repository, tag, what) => pushImage(host, repository, tag, what, { credentials: HTPASSWD }),
    mapping: (text) =>
      folder.write(
        "images.yaml",
        `version: 1\nregistries:\n  ${host}: { plainHttp: true }\nimages:\n${text.replaceAll("TARGET", host)}`,
      ),
    pull: (...args) => runCli(["pull", ...args], { cwd: folder.path, environment: all }),
    calls: async () => (await readFile(log, "utf8")).split("\n").flatMap((line) => line.trim() || []),
    beforePull: (line) => folder.write("hook", line),
    folder: folder.path,
    environment: all,
  };
}

function single(seed: number): TestImage {
  return image({ layers: [randomLayer({ size: 1000, seed })] });
}

describe("imgsync pull with a real crictl and containerd", () => {
  it("pulls tags and digests, also from an index, and has nothing to pull the second time", async (t) => {
    if (!ready(t)) return;
    const { node, registry, push, mapping, pull, calls } = await place();
    const [index, one] = [twoPlatformIndex(11), single(12)];
    await push("team/index", "v1", index);
    await push("team/one", "v1", one);
    await push("team/one", "stable", one);
    await mapping(
      "  - { source: docker.io/library/a:v1, target: TARGET/team/index }\n" +
        "  - { source: docker.io/library/b, target: TARGET/team/one, tags: [{ from: v1, to: [v1, stable] }] }\n",
    );
    const first = await pull();
    assert.equal(first.code, 0, first.stderr);
    assert.match(first.stderr, /^pulling what is missing of 3 images with crictl\n/);
    assert.match(first.stdout, /^pull: 3 pulled, with crictl in /);
    const names = await node.names();
    for (const name of [`index:v1`, `index@${index.digest}`, `one:v1`, `one:stable`, `one@${one.digest}`])
      assert.ok(names.includes(`${registry}/team/${name}`), name);
    const before = await calls();
    // crictl pulls nothing when it is called with two images, and exits with 0
    const pulls = before.filter((line) => line.includes(" pull "));
    assert.deepEqual(
      pulls.map((line) => line.split(" ").slice(1).join(" ")).toSorted(),
      ["index:v1", "one:stable", "one:v1"].map((name) => `pull ${registry}/team/${name}`),
    );
    const again = await pull();
    assert.equal(again.code, 0, again.stderr);
    assert.equal(again.stdout, "Nothing to pull. 3 images already here.\n");
    assert.ok(!(await calls()).slice(before.length).some((line) => line.includes(" pull ")));
  });

  it("is the only command that runs crictl, to read and to pull", async (t) => {
    if (!ready(t)) return;
    const { registry, push, mapping, pull, calls, folder, environment } = await place();
    await push("team/from", "v1", single(23));
    await mapping("  - { source: TARGET/team/from:v1, target: TARGET/team/to }\n");
    for (const args of [["plan"], ["apply", "--yes"], ["explain", `${registry}/team/to:v1`]]) {
      const result = await runCli(args, { cwd: folder, environment });
      assert.equal(result.code, 0, result.stdout + result.stderr);
    }
    assert.deepEqual(await calls(), []);
    const pulled = await pull();
    assert.equal(pulled.code, 0, pulled.stderr);
    const commands = (await calls()).map((line) => /(?:creds|anonymous) (?:-\S+ \S+ )*(\S+)/.exec(line)?.[1] ?? line);
    assert.deepEqual([...new Set(commands)].toSorted(), ["images", "inspecti", "pull"]);
  });

  it("passes the credentials only to pull, in the environment and not in arguments", async (t) => {
    if (!ready(t)) return;
    const { push, mapping, pull, calls } = await place({ CRICTL_CREDS: "someone:else", CRICTL_AUTH: "x" });
    await push("team/secret", "v1", single(13));
    await mapping("  - { source: docker.io/library/a:v1, target: TARGET/team/secret }\n");
    const result = await pull("-v");
    assert.equal(result.code, 0, result.stderr);
    const lines = await calls();
    for (const line of lines) assert.equal(line.split(" ")[0], line.includes(" pull ") ? "creds" : "anonymous", line);
    assert.ok(!`${lines.join("\n")}${result.stdout}${result.stderr}`.includes("very-secret"));
  });

  it("pulls by digest with --by-digest, and then gives the node no tag", async (t) => {
    if (!ready(t)) return;
    const { node, registry, push, mapping, pull } = await place();
    const one = single(14);
    await push("team/digest", "v1", one);
    await mapping("  - { source: docker.io/library/a:v1, target: TARGET/team/digest }\n");
    const result = await pull("--by-digest");
    assert.equal(result.code, 0, result.stderr);
    assert.deepEqual(
      (await node.names()).filter((name) => name.startsWith(`${registry}/`)),
      [`${registry}/team/digest@${one.digest}`],
    );
    assert.match((await pull("--by-digest")).stdout, /Nothing to pull/);
    assert.match((await pull()).stdout, /1 pulled/);
  });

  it("reports a tag that moved right before the pull, and has the new image the next time", async (t) => {
    if (!ready(t)) return;
    const { registry, push, mapping, pull, beforePull } = await place();
    const [old, next] = [single(15), single(16)];
    await push("team/moving", "v1", old);
    await push("team/moving", "next", next);
    await mapping("  - { source: docker.io/library/a:v1, target: TARGET/team/moving }\n");
    const name = `docker://${registry}/team/moving`;
    const login = `'${HTPASSWD.username}:${HTPASSWD.password}'`;
    await beforePull(
      `skopeo copy --src-tls-verify=false --dest-tls-verify=false --src-creds ${login} --dest-creds ${login} ${name}:next ${name}:v1 >&2`,
    );
    const moved = await pull("--format", "json");
    assert.equal(moved.code, 1, moved.stderr);
    const document = JSON.parse(moved.stdout);
    assert.deepEqual(await validate("pull", document), []);
    const { images } = document;
    assert.deepEqual([images[0].outcome, images[0].digest, images[0].error.code], ["moved", next.digest, "TAG_STALE"]);
    assert.match(images[0].error.message, new RegExp(`moved to ${next.digest}.*it was ${old.digest}`));
    await beforePull("");
    assert.match((await pull()).stdout, /Nothing to pull/);
  });

  it("fails when a mirror of the node answers a pull with another image", async (t) => {
    if (!ready(t)) return;
    const { node, registry, push, mapping, pull } = await place();
    const stale = await startDockerRegistry();
    onEnd(stale.stop);
    await pushImage(stale.host, "team/mirrored", "v1", single(17));
    await push("team/mirrored", "v1", single(18));
    await node.allowPlainHttp(registry, stale.host);
    await mapping("  - { source: docker.io/library/a:v1, target: TARGET/team/mirrored }\n");
    const result = await pull();
    assert.equal(result.code, 1, result.stderr);
    assert.match(result.stdout, /failed .*the node has sha256:.* under this tag.*\[CONTENT_MISMATCH\]/);
    assert.match(result.stdout, /hint: a mirror or cache/);
  });

  it("exits with 4 when some images cannot be pulled, and suggests imgsync apply for a missing tag", async (t) => {
    if (!ready(t)) return;
    const { push, mapping, pull } = await place();
    await push("team/partly", "v1", single(19));
    await mapping("  - { source: docker.io/library/a, target: TARGET/team/partly, tags: [v1, v2] }\n");
    const result = await pull();
    assert.equal(result.code, 4, result.stderr);
    assert.match(
      result.stdout,
      /failed .*there is no ".*\/team\/partly:v2" yet \[TARGET_NOT_FOUND\]\n +hint: imgsync apply/,
    );
    assert.match(result.stdout, /pull: 1 pulled, 1 failed, with crictl/);
    assert.equal((await pull()).code, 1);
    assert.equal((await pull("--only", "**/*:v1")).code, 0);
  });

  it("stops at a signal with its exit code, and reports the interruption", async (t) => {
    if (!ready(t)) return;
    const { push, mapping, pull, beforePull } = await place();
    await push("team/interrupted", "v1", single(20));
    await mapping("  - { source: docker.io/library/a:v1, target: TARGET/team/interrupted }\n");
    await beforePull("kill -TERM $PPID; exec tail -f /dev/null");
    const result = await pull();
    assert.equal(result.code, 143, result.stderr);
    assert.match(result.stdout, /1 skipped/);
    assert.match(result.stdout, /interrupted: run the same command to continue/);
  });

  it("takes the socket from its flag, and explains that no runtime answers", async (t) => {
    if (!ready(t)) return;
    const { node, push, mapping, pull, calls } = await place({
      CONTAINER_RUNTIME_ENDPOINT: "unix:///nowhere/containerd.sock",
      DOCKER_HOST: "unix:///nowhere/docker.sock",
    });
    await push("team/socket", "v1", single(21));
    await mapping("  - { source: docker.io/library/a:v1, target: TARGET/team/socket }\n");
    const named = await pull("--with", "crictl");
    assert.equal(named.code, 1);
    assert.match(
      named.stderr,
      /error: no container runtime answers crictl \[UNSUPPORTED\]\n +hint: .*--runtime-endpoint/,
    );
    const none = await pull();
    assert.equal(none.code, 1);
    assert.match(none.stderr, /no program on this machine can pull: no container runtime answers crictl; .*docker/);
    const before = await calls();
    const flagged = await pull("--runtime-endpoint", node.endpoint);
    assert.equal(flagged.code, 0, flagged.stderr);
    for (const line of (await calls()).slice(before.length))
      assert.ok(line.includes(`--runtime-endpoint ${node.endpoint}`));
  });
});

describe("imgsync pull --print", () => {
  it("writes a script that pulls on a real node, and runs nothing itself", async (t) => {
    if (!ready(t)) return;
    const { node, registry, push, mapping, pull, calls, folder, environment } = await place();
    const index = twoPlatformIndex(22);
    await push("team/printed", "v1", index);
    await mapping("  - { source: docker.io/library/a:v1, target: TARGET/team/printed }\n");
    const printed = await pull("--print");
    assert.equal(printed.code, 0, printed.stderr);
    assert.deepEqual(await calls(), []);
    assert.ok(!printed.stdout.includes("very-secret"));
    await writeFile(join(folder, "script.sh"), printed.stdout);
    const { code, stderr } = await runProgram("sh", [join(folder, "script.sh")], { env: environment });
    assert.equal(code, 0, stderr);
    assert.ok((await node.names()).includes(`${registry}/team/printed:v1`));
    assert.ok((await calls()).some((line) => line.startsWith(`creds pull ${registry}/team/printed:v1`)));
  });
});

describe("imgsync pull --untrusted", () => {
  it("runs no program", async (t) => {
    if (!ready(t)) return;
    const { mapping, pull, calls } = await place();
    await mapping("  - { source: docker.io/library/a:v1, target: TARGET/team/any }\n");
    const result = await pull("--untrusted");
    assert.equal(result.code, 1);
    assert.match(result.stderr, /programs are disabled for untrusted manifests.*\[UNSUPPORTED\]/);
    assert.deepEqual(await calls(), []);
  });
});
