import assert from "node:assert/strict";
import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, it } from "node:test";
import { makeFolder } from "../support/cli.ts";
import { runProgram, runProgramOk } from "../support/programs.ts";
import { createScope } from "../support/scope.ts";
import { startNpmRegistry } from "./support/npm-registry.ts";
import { requirePackages, ROOT, VERSION } from "./support/packages.ts";
import { prepareWorld } from "./support/world.ts";

const scope = createScope();
const DENO = join(ROOT, "node_modules", ".bin", "deno");
const NODE = join(ROOT, "node_modules", ".bin");

describe("the npm package from a registry", () => {
  it("is installed by npm with its man pages, and plans", async (t) => {
    const packages = requirePackages(t);
    if (packages === undefined) return;
    const npm = await startNpmRegistry(packages, `imgsync-${VERSION}.tgz`);
    scope.onEnd(npm.stop);
    const home = await makeFolder();
    scope.onEnd(home.remove);
    const quiet = ["--no-audit", "--no-fund", "--loglevel=error", "--cache", join(home.path, "cache")];
    const where = ["--global", "--prefix", join(home.path, "prefix"), "--registry", npm.url];
    await runProgramOk("npm", ["install", ...where, `imgsync@${VERSION}`, ...quiet]);
    const pages = await readdir(join(home.path, "prefix", "share", "man", "man1"));
    assert.ok(pages.includes("imgsync-plan.1"), pages.join());
    const { folder } = await prepareWorld(scope);
    const env = { PATH: `${NODE}:${process.env["PATH"] ?? ""}`, HOME: home.path };
    const program = join(home.path, "prefix", "bin", "imgsync");
    const { code, stdout, stderr } = await runProgram(program, ["plan"], { env, cwd: folder.path });
    assert.equal(code, 0, stderr);
    assert.match(Buffer.from(stdout).toString(), /plan: 1 to create/);
  });

  it("runs with Deno by its npm: specifier, with the permissions that docs/install.md names", async (t) => {
    const packages = requirePackages(t);
    if (packages === undefined) return;
    const npm = await startNpmRegistry(packages, `imgsync-${VERSION}.tgz`);
    scope.onEnd(npm.stop);
    const { folder } = await prepareWorld(scope);
    const page = await readFile(join(ROOT, "docs", "install.md"), "utf8");
    const words = /^deno run (.+) npm:imgsync@(\S+) plan$/m.exec(page) ?? [];
    assert.equal(words[2], VERSION);
    const flags = (words[1] ?? "").split(" ");
    assert.ok(flags.includes("--allow-net") && !flags.includes("-A") && !flags.includes("--allow-all"));
    // an empty cache: what runs comes from the registry
    const env = { HOME: folder.path, DENO_DIR: join(folder.path, "deno"), NPM_CONFIG_REGISTRY: npm.url };
    const { code, stdout, stderr } = await runProgram(
      DENO,
      ["run", ...flags, `npm:imgsync@${VERSION}`, "plan", "--out", "plan.json"],
      { env: { ...env, DENO_NO_UPDATE_CHECK: "1" }, cwd: folder.path },
    );
    assert.equal(code, 0, stderr);
    assert.match(Buffer.from(stdout).toString(), /plan: 1 to create/);
  });

  it("names its repository, as provenance needs, and nothing that only a checkout needs", async (t) => {
    const packages = requirePackages(t);
    if (packages === undefined) return;
    const { stdout } = await runProgramOk("tar", [
      "-xzOf",
      join(packages, `imgsync-${VERSION}.tgz`),
      "package/package.json",
    ]);
    const manifest = JSON.parse(Buffer.from(stdout).toString());
    assert.match(manifest.repository.url, /^git\+https:\/\/github\.com\/[\w-]+\/imgsync\.git$/);
    assert.deepEqual(manifest.publishConfig, { access: "public", provenance: true });
    for (const name of ["scripts", "dependencies", "devDependencies"]) assert.equal(manifest[name], undefined, name);
  });
});
