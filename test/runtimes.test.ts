import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { cp, mkdir, rm } from "node:fs/promises";
import { join, resolve } from "node:path";
import { describe, it } from "node:test";
import { fileURLToPath } from "node:url";
import { makeFolder, runCli } from "./support/cli.ts";
import { smallImage } from "./support/images.ts";
import { runProgram } from "./support/programs.ts";
import { requireProgram } from "./support/programs.ts";
import { createScope } from "./support/scope.ts";

const { registry: start, onEnd } = createScope();
const root = resolve(fileURLToPath(new URL("..", import.meta.url)));
const scripts: Readonly<Record<string, string>> = JSON.parse(readFileSync(join(root, "package.json"), "utf8")).scripts;
const isDeno = process.versions["deno"] !== undefined;

describe("imgsync:deno", () => {
  it("has enough permissions to plan, save and apply, and none that it does not need", async (t) => {
    if (!isDeno) return t.skip("only Deno has permissions");
    const permissions = (scripts["imgsync:deno"] ?? "").split(" ").filter((word) => word.startsWith("--allow-"));
    assert.ok(permissions.length > 0);
    const registry = await start();
    registry.putImage("app", "v1", smallImage(1));
    const manifest = `version: 1\nregistries: { ${registry.host}: { plainHttp: true } }\nimages: [{ source: "${registry.host}/app:v1", target: ${registry.host}/copy }]\n`;
    const folder = await makeFolder({ "images.yaml": manifest });
    onEnd(folder.remove);
    const run = (allowed: readonly string[], ...args: readonly string[]) =>
      runCli(args, { cwd: folder.path, permissions: allowed });
    assert.equal((await run(permissions, "plan", "--out", "plan.json")).code, 0);
    for (const permission of permissions.filter((one) => !one.startsWith("--allow-write"))) {
      const fewer = permissions.filter((one) => one !== permission);
      assert.notEqual((await run(fewer, "plan")).code, 0, `${permission} is needed`);
    }
    const withoutWriting = permissions.filter((one) => !one.startsWith("--allow-write"));
    const applied = await run(withoutWriting, "apply", "plan.json", "--yes");
    assert.equal(applied.code, 0, applied.stderr);
    assert.equal(registry.store.tags("copy").size, 1);
  });

  it("says which permission a program needs where it has none", async (t) => {
    if (!isDeno) return t.skip("only Deno has permissions");
    if (!requireProgram(t, "docker")) return;
    const permissions = (scripts["imgsync:deno"] ?? "").split(" ").filter((word) => word.startsWith("--allow-"));
    const registry = await start();
    const manifest = `version: 1\nregistries: { ${registry.host}: { plainHttp: true } }\nimages: [{ source: docker-daemon:mine, target: ${registry.host}/mine }]\n`;
    const folder = await makeFolder({ "images.yaml": manifest });
    onEnd(folder.remove);
    const { stdout } = await runCli(["plan"], { cwd: folder.path, permissions });
    assert.match(stdout, /Deno was not given the permission to run "docker"/);
    assert.match(stdout, /--allow-run=docker/);
  });
});

describe("the package", () => {
  it("runs from its bundle alone, without the sources and without what npm would install", async () => {
    const folder = await makeFolder();
    onEnd(folder.remove);
    const node = join(root, "node_modules", ".bin", "node");
    const built = await runProgram(node, [join(root, "scripts", "build.ts"), folder.path]);
    assert.equal(built.code, 0, built.stderr);
    await mkdir(join(folder.path, "bin"));
    await cp(join(root, "bin", "imgsync.js"), join(folder.path, "bin", "imgsync.js"));
    await folder.write("package.json", JSON.stringify({ type: "module" }));
    const registry = await start();
    registry.putImage("app", "v1", smallImage(1));
    await folder.write(
      "images.yaml",
      `version: 1\nregistries: { ${registry.host}: { plainHttp: true } }\nimages: [{ source: "${registry.host}/app:v1", target: ${registry.host}/copy }]\n`,
    );
    const runtime = isDeno ? ["run", "-A"] : [];
    const { code, stdout, stderr } = await runProgram(process.execPath, [
      ...runtime,
      join(folder.path, "bin", "imgsync.js"),
      "apply",
      "--yes",
      "-f",
      join(folder.path, "images.yaml"),
    ]);
    assert.equal(code, 0, stderr);
    assert.match(Buffer.from(stdout).toString("utf8"), /1 applied/);
    await rm(join(folder.path, "dist"), { recursive: true });
  });
});

describe("an old Node.js", () => {
  it("is told what imgsync needs", async () => {
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
