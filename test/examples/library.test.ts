import assert from "node:assert/strict";
import { cp, mkdir, readdir, rename } from "node:fs/promises";
import { join, resolve } from "node:path";
import { describe, it } from "node:test";
import { fileURLToPath } from "node:url";
import { makeFolder } from "../support/cli.ts";
import { smallImage } from "../support/images.ts";
import { requireForeignProgram, runProgram, runProgramOk } from "../support/programs.ts";
import { createScope } from "../support/scope.ts";

const { registry: start, onEnd } = createScope();
const root = resolve(fileURLToPath(new URL("../..", import.meta.url)));
const node = join(root, "node_modules", ".bin", "node");
const runtime = process.versions["deno"] === undefined ? [process.execPath] : [process.execPath, "run", "-A"];

/** Creates a folder with the example and only the package installed from its tarball. */
async function install(): Promise<string> {
  const { path, remove } = await makeFolder({ "package.json": JSON.stringify({ type: "module" }) });
  onEnd(remove);
  const source = join(path, "source");
  await mkdir(source);
  for (const name of ["package.json", "bin", "schemas", "CHANGELOG.md", "LICENSE", "README.md"])
    await cp(join(root, name), join(source, name), { recursive: true });
  await runProgramOk(node, [join(root, "scripts", "build.ts"), source]);
  await runProgramOk("npm", ["pack", "--offline", "--ignore-scripts", "--pack-destination", path, source]);
  const tarball = (await readdir(path)).find((name) => name.endsWith(".tgz")) ?? "";
  // what npm install does for a package without dependencies
  await runProgramOk("tar", ["-xzf", join(path, tarball), "-C", path]);
  await mkdir(join(path, "node_modules"));
  await rename(join(path, "package"), join(path, "node_modules", "imgsync"));
  await cp(join(root, "examples", "library"), path, { recursive: true });
  return path;
}

describe("the program of examples/library", () => {
  it("plans and applies with the packed library, and compiles against its types", async (t) => {
    if (!requireForeignProgram(t, "npm") || !requireForeignProgram(t, "tar")) return;
    const folder = await install();
    const source = await start();
    const target = await start();
    source.putImage("app", "v1", smallImage(1));
    const run = (...args: readonly string[]) => {
      const [program = "", ...words] = [...runtime, "sync.ts", ...args];
      return runProgram(program, words, { cwd: folder });
    };
    const first = await run(`${source.host}/app:v1`, `${target.host}/copy`);
    assert.equal(first.code, 0, first.stderr);
    const lines = Buffer.from(first.stdout).toString("utf8").split("\n");
    assert.deepEqual(lines.slice(0, 2), [`create ${target.host}/copy:v1`, `${target.host}/copy:v1: applied`]);
    assert.match(lines[2] ?? "", /^1 applied, [1-9][0-9]* bytes$/);
    assert.equal(target.store.tags("copy").get("v1"), smallImage(1).digest);
    const broken = await run("not a reference", `${target.host}/copy`);
    assert.equal(broken.code, 1);
    assert.match(broken.stderr, /^4: .*not a reference/);

    const strict = [
      "--ignoreConfig",
      "--noEmit",
      "--strict",
      "--module",
      "nodenext",
      "--target",
      "es2024",
      "--allowImportingTsExtensions",
    ];
    const types = ["--types", "node", "--typeRoots", join(root, "node_modules", "@types")];
    const compiler = join(root, "node_modules", "typescript", "bin", "tsc");
    const checked = await runProgram(node, [compiler, ...strict, ...types, join(folder, "sync.ts")]);
    assert.equal(checked.code, 0, Buffer.from(checked.stdout).toString("utf8"));
  });
});
