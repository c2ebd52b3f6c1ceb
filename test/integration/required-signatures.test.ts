import assert from "node:assert/strict";
import { chmod, mkdir, readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, it, type TestContext } from "node:test";
import { type CliResult, makeFolder, runCli } from "../support/cli.ts";
import { createCosign } from "../support/cosign.ts";
import { findProgram, requirePrograms } from "../support/programs.ts";
import type { RegistryOptions } from "../support/embedded-registry/options.ts";
import type { EmbeddedRegistry } from "../support/embedded-registry/registry.ts";
import { isWrite } from "../support/embedded-registry/transcript.ts";
import { smallImage, twoPlatformIndex } from "../support/images.ts";
import { createScope } from "../support/scope.ts";

const { registry: start, onEnd } = createScope();

const PASSWORD = "the robot's password";

type Signing = {
  readonly source: EmbeddedRegistry;
  readonly target: EmbeddedRegistry;
  /** Signs with the key that the manifest names, or with another one. */
  readonly sign: (digest: string, whose?: "ours" | "theirs", newFormat?: boolean) => Promise<void>;
  readonly run: (...args: readonly string[]) => Promise<CliResult>;
  readonly runWithout: (...args: readonly string[]) => Promise<CliResult>;
  readonly mapping: (rest: string) => Promise<void>;
  readonly writes: () => number;
  /** Installs a script as cosign for {@link runWithout}; `seen` is what it writes to `$HOME/seen`. */
  readonly put: (script: string) => Promise<void>;
  readonly seen: () => Promise<string>;
  /** Returns the files that are left in the folder for private files. */
  readonly leftovers: () => Promise<readonly string[]>;
};

/** Starts a source and a target, and creates the key that the manifest requires. */
async function signing(options: RegistryOptions = {}): Promise<Signing> {
  const [source, target] = [await start(options), await start()];
  const folder = await makeFolder();
  onEnd(folder.remove);
  for (const name of ["runtime", "theirs", "docker"]) await mkdir(join(folder.path, name));
  const users = options.auth === undefined ? {} : { [source.host]: { auth: btoa(`robot:${PASSWORD}`) } };
  await folder.write("docker/config.json", JSON.stringify({ auths: users }));
  const program = findProgram("cosign");
  assert.ok(program !== undefined);
  const keys = { ours: await createCosign(folder.path), theirs: await createCosign(join(folder.path, "theirs")) };
  const hosts = `registries:\n  ${source.host}: { plainHttp: true }\n  ${target.host}: { plainHttp: true }\n`;
  const mapping = (rest: string): Promise<void> =>
    folder.write(
      "images.yaml",
      `version: 1\n${hosts}images:\n  - { source: ${source.host}/app, target: ${target.host}/app, ${rest} }\n`,
    );
  await mapping("tags: [v1], verify: { key: cosign.pub, tlog: false }");
  await folder.write("mine.yaml", hosts);
  const environment = {
    DOCKER_CONFIG: join(folder.path, "docker"),
    XDG_RUNTIME_DIR: join(folder.path, "runtime"),
    HOME: folder.path,
    // keeps cosign off the internet
    HTTPS_PROXY: "http://127.0.0.1:9",
  };
  const run = (...args: readonly string[]): Promise<CliResult> =>
    runCli(args, {
      cwd: folder.path,
      environment: { ...environment, PATH: `${join(program, "..")}:${process.env["PATH"] ?? ""}` },
    });
  return {
    source,
    target,
    mapping,
    run,
    runWithout: (...args) =>
      runCli(args, { cwd: folder.path, environment: { ...environment, PATH: join(folder.path, "theirs") } }),
    sign: (digest, whose = "ours", newFormat = false) =>
      keys[whose].sign(`${source.host}/app@${digest}`, { newFormat, dockerConfig: environment.DOCKER_CONFIG }),
    writes: () => target.log.filter(isWrite).length,
    put: async (script) => {
      await folder.write("theirs/cosign", script);
      await chmod(join(folder.path, "theirs/cosign"), 0o755);
    },
    seen: () => readFile(join(folder.path, "seen"), "utf8"),
    leftovers: () => readdir(environment.XDG_RUNTIME_DIR),
  };
}

function ready(t: TestContext): boolean {
  return requirePrograms(t, "cosign");
}

describe("verify: with the real cosign", () => {
  for (const newFormat of [false, true]) {
    it(`copies an image that the key signed, ${newFormat ? "as a bundle" : "in a digest tag"}`, async (t) => {
      if (!ready(t)) return;
      const { source, target, sign, run, runWithout, leftovers } = await signing();
      source.putImage("app", "v1", smallImage(1));
      await sign(smallImage(1).digest, "ours", newFormat);
      const plan = await run("plan");
      assert.equal(plan.code, 0, plan.stdout + plan.stderr);
      assert.match(plan.stdout, /note: signed by the key "cosign\.pub"/);
      const applied = await run("apply", "--yes");
      assert.equal(applied.code, 0, applied.stdout + applied.stderr);
      assert.equal(target.store.tags("app").get("v1"), smallImage(1).digest);
      assert.deepEqual(await leftovers(), []);
      // an image in place is not verified again, so cosign is not needed
      assert.match((await runWithout("plan")).stdout, /No changes/);
    });

    it(`does not copy an image that another key signed, ${newFormat ? "as a bundle" : "in a digest tag"}`, async (t) => {
      if (!ready(t)) return;
      const { source, sign, run, writes } = await signing();
      source.putImage("app", "v1", smallImage(1));
      await sign(smallImage(1).digest, "theirs", newFormat);
      for (const command of [["plan"], ["apply", "--yes"]]) {
        const { code, stdout, stderr } = await run(...command);
        assert.equal(code, 1, stdout + stderr);
        assert.match(stdout + stderr, /it is not signed by the key "cosign\.pub".*\[SIGNATURE_INVALID\]/);
        assert.match(stdout + stderr, /verify at images\.yaml:6:\d+ requires it/);
      }
      assert.equal(writes(), 0);
    });
  }

  it("does not copy an unsigned image, but copies the others", async (t) => {
    if (!ready(t)) return;
    const { source, target, sign, run, mapping } = await signing();
    await mapping("tags: [v1, v2], verify: { key: cosign.pub, tlog: false }");
    source.putImage("app", "v1", smallImage(1));
    source.putImage("app", "v2", smallImage(2));
    await sign(smallImage(2).digest);
    const { code, stdout, stderr } = await run("apply", "--yes");
    assert.equal(code, 4, stdout + stderr);
    assert.match(stdout + stderr, /app:v1[^\n]*(?:\n[^\n]*)?SIGNATURE_INVALID/);
    const tags = [...target.store.tags("app").keys()].filter((tag) => !tag.endsWith(".sig"));
    assert.deepEqual(tags, ["v2"]);
  });

  it("requires the signature of the whole index, even if only a part of it is copied", async (t) => {
    if (!ready(t)) return;
    const { source, target, sign, run, mapping } = await signing();
    await mapping("tags: [v1], platforms: [linux/arm64], verify: { key: cosign.pub, tlog: false }");
    const index = twoPlatformIndex(1);
    source.putImage("app", "v1", index);
    for (const child of index.children) await sign(child.digest);
    assert.match((await run("plan")).stdout, /SIGNATURE_INVALID/);
    await sign(index.digest);
    const { code, stdout, stderr } = await run("apply", "--yes");
    assert.equal(code, 0, stdout + stderr);
    assert.ok(target.store.tags("app").has("v1"));
  });

  it("verifies again for a saved plan, and fails when the signature is gone", async (t) => {
    if (!ready(t)) return;
    const { source, sign, run, writes } = await signing();
    source.putImage("app", "v1", smallImage(1));
    await sign(smallImage(1).digest);
    assert.equal((await run("plan", "--out", "plan.json")).code, 0);
    source.store.deleteTag("app", `${smallImage(1).digest.replace(":", "-")}.sig`);
    const { code, stdout, stderr } = await run("apply", "plan.json", "--yes");
    assert.equal(code, 1, stdout + stderr);
    assert.match(stdout + stderr, /SIGNATURE_INVALID/);
    assert.equal(writes(), 0);
  });

  it("passes the credentials of the source to cosign, and does not print them", async (t) => {
    if (!ready(t)) return;
    const { source, target, sign, run, leftovers } = await signing({
      auth: { kind: "basic", users: { robot: PASSWORD } },
    });
    source.putImage("app", "v1", smallImage(1));
    await sign(smallImage(1).digest);
    const { code, stdout, stderr } = await run("apply", "--yes", "--verbose");
    assert.equal(code, 0, stdout + stderr);
    assert.equal(target.store.tags("app").get("v1"), smallImage(1).digest);
    assert.doesNotMatch(stdout + stderr, /robot's password/);
    assert.deepEqual(await leftovers(), []);
  });

  it("passes the credentials only in a file that other users cannot read", async (t) => {
    if (!ready(t)) return;
    const { source, put, seen, runWithout } = await signing({ auth: { kind: "basic", users: { robot: PASSWORD } } });
    source.putImage("app", "v1", smallImage(1));
    await put(`#!/bin/sh
{ printf '%s\\n' "$@"; /usr/bin/env; /bin/ls -ln "$DOCKER_CONFIG"; } >>"$HOME/seen"
[ "$1" != version ] || echo '{"gitVersion":"v3.1.1"}'
`);
    assert.equal((await runWithout("plan")).code, 0);
    const text = await seen();
    assert.match(text, new RegExp(`^${source.host}/app@${smallImage(1).digest}$`, "m"));
    assert.match(text, /^-rw------- .* config\.json$/m);
    assert.doesNotMatch(text, /robot/);
    assert.ok(!text.includes(btoa(`robot:${PASSWORD}`)));
  });

  it("fails without cosign, and writes nothing", async (t) => {
    if (!ready(t)) return;
    const { source, sign, runWithout, writes } = await signing();
    source.putImage("app", "v1", smallImage(1));
    await sign(smallImage(1).digest);
    const { code, stdout, stderr } = await runWithout("apply", "--yes");
    assert.equal(code, 1, stdout + stderr);
    assert.match(stdout + stderr, /"cosign" .*\[SIGNATURE_UNCHECKED\]/);
    assert.match(stdout + stderr, /install cosign 2 or newer/);
    assert.equal(writes(), 0);
  });

  it("runs no program with --untrusted: the plan notes that, and apply writes nothing", async (t) => {
    if (!ready(t)) return;
    const { source, sign, run, writes } = await signing();
    source.putImage("app", "v1", smallImage(1));
    await sign(smallImage(1).digest);
    const plan = await run("plan", "--untrusted", "--config", "mine.yaml");
    assert.match(plan.stdout, /note: signature not checked: --untrusted runs no programs/);
    const { code, stdout, stderr } = await run("apply", "--yes", "--untrusted", "--config", "mine.yaml");
    assert.notEqual(code, 0, stdout + stderr);
    assert.equal(writes(), 0);
  });

  it("reports a key that is missing or outside the manifest's folder, before any request", async (t) => {
    if (!ready(t)) return;
    const { source, run, mapping } = await signing();
    for (const path of ["gone.pub", "../cosign.pub", "/etc/hostname"]) {
      await mapping(`tags: [v1], verify: { key: ${path}, tlog: false }`);
      const { code, stderr } = await run("plan");
      assert.equal(code, 1);
      assert.match(stderr, /images\.yaml:6:\d+.*is not a file in the manifest's folder/);
    }
    assert.equal(source.log.length, 0);
  });
});
