import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, it } from "node:test";
import { findCycles, findFolderCycles } from "./support/architecture/cycles.ts";
import { checkArchitecture, type SourceTree } from "./support/architecture/rules.ts";

const root = resolve(fileURLToPath(new URL("..", import.meta.url)));

describe("the source tree", () => {
  it("respects the layers, the package restrictions and the file size limit", () => {
    assert.deepEqual(checkArchitecture(readTree(root, "src")), []);
  });

  it("has no import cycles", () => {
    assert.deepEqual(findCycles(readTree(root, "src")), []);
  });

  it("has no folders that import each other, nested ones included", () => {
    assert.deepEqual(findFolderCycles(readTree(root, "src")), []);
  });
});

describe("the architecture checker", () => {
  const broken: readonly (readonly [string, string, string, string])[] = [
    ["an import of a higher layer", "src/planner/a.ts", 'import "../executor/b.ts";', "executor"],
    [
      "an import of another folder in the same layer",
      "src/copy/a.ts",
      'import { b } from "../programs/b.ts";',
      "programs",
    ],
    ["an import of cli in a use case", "src/app/a.ts", 'export * from "../cli/main.ts";', "cli"],
    ["a dynamic import of a higher layer", "src/model/a.ts", 'await import("../planner/b.ts");', "planner"],
    ["a product's API in its facts", "src/products/ecr/facts.ts", 'import { b } from "./api.ts";', "products/api"],
    ["I/O in a product's facts", "src/products/ecr/facts.ts", 'import { get } from "node:https";', "node:https"],
    ["a type from a higher layer", "src/model/a.ts", 'import type { B } from "../planner/b.ts";', "planner"],
    ["I/O in the planner", "src/planner/a.ts", 'import { readFile } from "node:fs/promises";', "node:fs/promises"],
    ["a deadline for a regular expression", "src/selectors/a.ts", 'import { Script } from "node:vm";', "node:vm"],
    ["timers in the model", "src/model/a.ts", 'import { setTimeout } from "node:timers/promises";', "node:timers"],
    ["fetch in the planner", "src/planner/a.ts", "await fetch(url);", "fetch"],
    ["the clock in the planner", "src/planner/a.ts", "const now = Date.now();", "Date.now"],
    ["process.env outside cli", "src/registry/a.ts", "const home = process.env.HOME;", "process.env"],
    ["process.argv by import", "src/app/a.ts", 'import { argv } from "node:process";', "argv"],
    ["the working directory outside cli", "src/settings/a.ts", "const folder = process.cwd();", "process.cwd"],
    ["a process stream outside cli", "src/reporters/a.ts", "process.stderr.write(text);", "process.stderr"],
    ["any use of process in a use case", "src/app/a.ts", "const id = process.getuid?.();", "process."],
    ["the home directory in a use case", "src/app/a.ts", "const home = homedir();", "homedir"],
    ["the console outside cli", "src/reporters/a.ts", 'console.log("x");', "console"],
    ["execa outside its file", "src/copy/a.ts", 'import { execa } from "execa";', "execa"],
    ["undici outside http", "src/cli/a.ts", 'import { request } from "undici";', "undici"],
    ["listr2 outside reporters", "src/cli/a.ts", 'const { Listr } = await import("listr2");', "listr2"],
    ["cosmiconfig outside settings", "src/cli/a.ts", 'import { cosmiconfig } from "cosmiconfig";', "cosmiconfig"],
    ["a barrel", "src/planner/index.ts", "export {};", "barrel"],
    ["a util folder", "src/planner/utils/a.ts", "export {};", "util"],
    ["a folder without a layer", "src/helpers/a.ts", "export {};", "layer"],
    ["an import without a file extension", "src/planner/a.ts", 'import { b } from "./b";', "ending"],
    ["an import of a missing file", "src/planner/a.ts", 'import { b } from "./gone.ts";', "gone.ts"],
    ["a file that is too long", "src/planner/a.ts", "const a = 1;\n".repeat(251), "251 lines"],
  ];
  for (const [what, path, text, word] of broken) {
    it(`reports ${what}`, () => {
      const problems = checkArchitecture(tree({ [path]: text }));
      assert.equal(problems.length, 1, problems.join("\n"));
      assert.ok(problems[0]?.startsWith(`${path}: `) && problems[0].includes(word), problems[0]);
    });
  }

  it("accepts allowed imports, and ignores comments and string literals", () => {
    const allowed = {
      "src/planner/a.ts":
        'import { createHash } from "node:crypto";\nimport { m } from "../model/m.ts";\n// console.log\n',
      "src/http/a.ts": 'import { request } from "undici";\nconst hint = "set process.env or use console.";\n',
      "src/cli/main.ts": 'console.log(process.env["X"]);\nimport { b } from "../http/a.ts";\n',
      "src/model/m.ts": 'import { inspect } from "node:util";\n',
      "src/programs/exec.ts": 'import { execa } from "execa";\n',
      "src/index.ts": 'export { b } from "./http/a.ts";\n',
      "src/schema/generated/images.ts": "export const a = 1;\n".repeat(1000),
    };
    assert.deepEqual(checkArchitecture(tree(allowed)), []);
  });

  it("reports a cycle through several files", () => {
    const files = {
      "src/planner/a.ts": 'import { b } from "./b.ts";',
      "src/planner/b.ts": 'import type { c } from "./c.ts";',
      "src/planner/c.ts": 'export { a } from "./a.ts";',
      "src/planner/d.ts": 'import { a } from "./a.ts";',
    };
    assert.deepEqual(findCycles(tree(files)), [
      "src/planner/a.ts -> src/planner/b.ts -> src/planner/c.ts -> src/planner/a.ts",
    ]);
  });
});

describe("the folder check", () => {
  it("reports folders that import each other through different files, nested ones included", () => {
    const files = {
      "src/copy/a.ts": 'import { b } from "./deep/b.ts";',
      "src/copy/deep/b.ts": "export const b = 1;",
      "src/copy/deep/c.ts": 'import { d } from "../d.ts";',
      "src/copy/d.ts": "export const d = 1;",
    };
    assert.deepEqual(findCycles(tree(files)), []);
    assert.deepEqual(findFolderCycles(tree(files)), ["src/copy -> src/copy/deep -> src/copy"]);
  });
});

/** A source tree with the given files and the files that they import. */
function tree(files: Readonly<Record<string, string>>): SourceTree {
  const targets = ["executor/b", "products/ecr/api", "registry/b", "planner/b", "cli/main", "model/m"].map(
    (name) => `src/${name}.ts`,
  );
  return new Map([...targets.map((path) => [path, ""] as const), ...Object.entries(files)]);
}

function readTree(base: string, folder: string): SourceTree {
  const files = readdirSync(join(base, folder), { recursive: true, withFileTypes: true });
  const paths = files
    .filter((file) => file.isFile() && file.name.endsWith(".ts"))
    .map((file) => join(file.parentPath, file.name).slice(base.length + 1));
  return new Map(paths.toSorted().map((path) => [path, readFileSync(join(base, path), "utf8")]));
}
