import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { chmod } from "node:fs/promises";
import { join, resolve } from "node:path";
import { describe, it } from "node:test";
import { fileURLToPath } from "node:url";
import { makeFolder, runCli } from "./support/cli.ts";
import { smallImage } from "./support/images.ts";
import { requireProgram, runProgram } from "./support/programs.ts";
import { createScope } from "./support/scope.ts";

const { registry: start, onEnd } = createScope();
const root = resolve(fileURLToPath(new URL("..", import.meta.url)));
const scripts: Readonly<Record<string, string>> = JSON.parse(readFileSync(join(root, "package.json"), "utf8")).scripts;
const PERMISSIONS = (scripts["imgsync:deno"] ?? "").split(" ").filter((word) => word.startsWith("--allow-"));
const isDeno = process.versions["deno"] !== undefined;

describe("imgsync:deno", () => {
  it("has enough permissions to plan, save and apply, and needs each of them except writing to plan", async () => {
    assert.ok(PERMISSIONS.length > 0);
    const registry = await start();
    registry.putImage("app", "v1", smallImage(1));
    const manifest = `version: 1\nregistries: { ${registry.host}: { plainHttp: true } }\nimages: [{ source: "${registry.host}/app:v1", target: ${registry.host}/copy }]\n`;
    const folder = await makeFolder({ "images.yaml": manifest });
    onEnd(folder.remove);
    const run = (allowed: readonly string[], ...args: readonly string[]) =>
      runCli(args, { cwd: folder.path, permissions: allowed });
    assert.equal((await run(PERMISSIONS, "plan", "--out", "plan.json")).code, 0);
    for (const permission of PERMISSIONS.filter((one) => !one.startsWith("--allow-write"))) {
      const fewer = PERMISSIONS.filter((one) => one !== permission);
      assert.notEqual((await run(fewer, "plan")).code, 0, `${permission} is needed`);
    }
    const withoutWriting = PERMISSIONS.filter((one) => !one.startsWith("--allow-write"));
    const applied = await run(withoutWriting, "apply", "plan.json", "--yes");
    assert.equal(applied.code, 0, applied.stderr);
    assert.equal(registry.store.tags("copy").size, 1);
  });

  it("names the permission that docker needs when it is missing", async (t) => {
    if (!requireProgram(t, "docker")) return;
    const registry = await start();
    const manifest = `version: 1\nregistries: { ${registry.host}: { plainHttp: true } }\nimages: [{ source: docker-daemon:mine, target: ${registry.host}/mine }]\n`;
    const folder = await makeFolder({ "images.yaml": manifest });
    onEnd(folder.remove);
    const { stdout } = await runCli(["plan"], { cwd: folder.path, permissions: PERMISSIONS });
    assert.match(stdout, /Deno was not given the permission to run "docker"/);
    assert.match(stdout, /--allow-run=docker/);
  });

  it("names the permission that a credential helper needs, and works with it", async () => {
    const registry = await start({ auth: { kind: "basic", users: { ada: "s3cret" } } });
    registry.putImage("app", "v1", smallImage(1));
    const folder = await makeFolder({
      "images.yaml": `version: 1\nregistries: { ${registry.host}: { plainHttp: true } }\nimages: [{ source: "${registry.host}/app:v1", target: ${registry.host}/copy }]\n`,
      "config.json": JSON.stringify({ credHelpers: { [registry.host]: "mine" } }),
      "docker-credential-mine": `#!/bin/sh\necho '{"Username":"ada","Secret":"s3cret"}'\n`,
    });
    onEnd(folder.remove);
    await chmod(join(folder.path, "docker-credential-mine"), 0o755);
    const environment = { PATH: `${folder.path}:${process.env["PATH"] ?? ""}`, DOCKER_CONFIG: folder.path };
    const run = (allowed: readonly string[]) =>
      runCli(["apply", "--yes"], { cwd: folder.path, environment, permissions: allowed });
    const refused = await run(PERMISSIONS);
    assert.equal(refused.code, 1);
    assert.match(refused.stdout + refused.stderr, /permission to run "docker-credential-mine"/);
    assert.match(refused.stdout + refused.stderr, /hint: .*start it with --allow-run=docker-credential-mine/);
    assert.doesNotMatch(refused.stdout + refused.stderr, /install it/);
    const applied = await run([...PERMISSIONS, "--allow-run=docker-credential-mine"]);
    assert.equal(applied.code, 0, applied.stdout + applied.stderr);
  });
});

describe("an old Node.js", () => {
  it("gets an error that names the required version", async () => {
    const text = readFileSync(join(root, "bin", "imgsync.js"), "utf8").replace(
      "process.versions.node.split",
      '"20.20.2".split',
    );
    const folder = await makeFolder({ "old.mjs": text });
    onEnd(folder.remove);
    const runtime = isDeno ? ["run", "-A"] : [];
    const { code, stderr } = await runProgram(process.execPath, [...runtime, join(folder.path, "old.mjs")]);
    assert.equal(code, 1);
    assert.match(stderr, /imgsync needs Node\.js 22\.19 or newer/);
  });
});
