import assert from "node:assert/strict";
import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, it } from "node:test";
import { makeFolder, runCli } from "../support/cli.ts";
import { requirePrograms, runProgram, runProgramOk } from "../support/programs.ts";
import { createScope } from "../support/scope.ts";
import { signMachO } from "../../scripts/package/executables/sign-mach-o.ts";
import { type ExecutableForm, formOf } from "./support/executable-form.ts";
import { isSigned } from "./support/mach-o-signature.ts";
import { HERE, requirePackages, VERSION } from "./support/packages.ts";
import { prepareWorld } from "./support/world.ts";

const scope = createScope();

const FORMS: Readonly<Record<string, readonly [ExecutableForm["format"], ExecutableForm["machine"]]>> = {
  "linux-x64": ["ELF", "x64"],
  "linux-arm64": ["ELF", "arm64"],
  "darwin-x64": ["Mach-O", "x64"],
  "darwin-arm64": ["Mach-O", "arm64"],
  "win-x64": ["PE", "x64"],
};

/** Unpacks the archive of a platform with the system's tar, as docs/install.md shows; returns the folder that it makes. */
async function unpack(packages: string, platform: string): Promise<string> {
  const folder = await makeFolder();
  scope.onEnd(folder.remove);
  const name = `imgsync-${VERSION}-${platform}`;
  await runProgramOk("tar", ["-xzf", join(packages, `${name}.tar.gz`), "-C", folder.path]);
  assert.deepEqual(await readdir(folder.path), [name]);
  return join(folder.path, name);
}

describe("the executables", () => {
  for (const [platform, [format, machine]] of Object.entries(FORMS)) {
    it(`have the form of ${platform}, with the program in them`, async (t) => {
      const packages = requirePackages(t);
      if (packages === undefined) return;
      const folder = await unpack(packages, platform);
      const bytes = await readFile(join(folder, format === "PE" ? "imgsync.exe" : "imgsync"));
      assert.deepEqual(formOf(bytes), { format, machine, hasProgram: true });
      assert.ok(bytes.includes("could not determine whether the tag is immutable"));
    });
  }

  it("are signed for macOS, where no page may differ from its checksum", async (t) => {
    const packages = requirePackages(t);
    if (packages === undefined) return;
    const bytes = await readFile(join(await unpack(packages, "darwin-arm64"), "imgsync"));
    assert.ok(isSigned(bytes));
    assert.throws(() => signMachO(bytes, "imgsync"), /signed already/);
    bytes[50_000_000] = (bytes[50_000_000] ?? 0) ^ 1;
    assert.ok(!isSigned(bytes));
  });

  it("would be caught without a program", async () => {
    const node = await readFile(process.execPath);
    assert.equal("Deno" in globalThis || formOf(node).hasProgram, "Deno" in globalThis);
  });

  it("run on this machine without Node.js: plan and apply", async (t) => {
    const packages = requirePackages(t);
    if (packages === undefined) return;
    const program = join(await unpack(packages, HERE), "imgsync");
    const { registry, folder } = await prepareWorld(scope);
    // an empty PATH: there is no other program that it could use
    const run = (...args: readonly string[]) =>
      runProgram(program, args, { cwd: folder.path, env: { HOME: folder.path, PATH: folder.path, NODE_OPTIONS: "" } });
    assert.equal(Buffer.from((await run("--version")).stdout).toString(), `${VERSION}\n`);
    const plan = await run("plan", "--out", "plan.json", "--detailed-exitcode");
    assert.equal(plan.code, 2, plan.stderr);
    const apply = await run("apply", "plan.json", "--yes");
    assert.equal(apply.code, 0, apply.stderr);
    assert.ok(registry.store.tags("copy").has("v1"));
    const broken = await run("plan", "--file", "missing.yaml");
    assert.equal(broken.code, 1);
    assert.match(broken.stderr, /missing\.yaml/);
    assert.doesNotMatch(broken.stderr, /ExperimentalWarning|node:internal/);
  });

  it("come with completions, schemas, licences and man pages that mandoc accepts", async (t) => {
    const packages = requirePackages(t);
    if (packages === undefined || !requirePrograms(t, "mandoc")) return;
    const folder = await unpack(packages, HERE);
    for (const [shell, file] of [
      ["bash", "imgsync.bash"],
      ["zsh", "_imgsync"],
      ["fish", "imgsync.fish"],
    ] as const) {
      const { stdout } = await runCli(["completion", shell], { cwd: folder });
      assert.equal(await readFile(join(folder, "completions", file), "utf8"), stdout, shell);
    }
    const licenses = await readFile(join(folder, "THIRD-PARTY-LICENSES.txt"), "utf8");
    assert.match(licenses, /^undici \d/m);
    assert.match(licenses, /^Node\.js \d+\.\d+\.\d+$/m);
    assert.ok((await readdir(join(folder, "schemas"))).includes("images.schema.json"));
    const pages = await readdir(join(folder, "man", "man1"));
    const files = pages.map((name) => join(folder, "man", "man1", name));
    const lint = Buffer.from((await runProgram("mandoc", ["-T", "lint", ...files])).stdout).toString();
    // other styles: long lines, which man(7) allows, and dates in the form of mdoc(7)
    assert.deepEqual(
      lint.split("\n").filter((line) => /WARNING|ERROR|UNSUPP/.test(line)),
      [],
    );
  });

  it("have a man page for each command, with every flag and the examples of its help", async (t) => {
    const packages = requirePackages(t);
    if (packages === undefined || !requirePrograms(t, "mandoc")) return;
    const folder = await unpack(packages, HERE);
    const show = async (name: string): Promise<string> => {
      const file = join(folder, "man", "man1", name);
      const { stdout } = await runProgram("mandoc", ["-T", "ascii", "-O", "width=200", file]);
      // bold and underlined letters are written twice
      return Buffer.from(stdout).toString().replaceAll(/.[\b]/g, "");
    };
    const overview = await show("imgsync.1");
    for (const command of ["plan", "apply", "auth"]) assert.match(overview, new RegExp(`^ +${command}\\b`, "m"));
    for (const words of [["plan"], ["auth", "configure"], ["watch"]]) {
      const page = await show(`imgsync-${words.join("-")}.1`);
      const { stdout } = await runCli([...words, "--help"], { cwd: folder });
      const flags = stdout.match(/(?<=^ +(?:-\w, )?)--[\w-]+/gm) ?? [];
      assert.ok(flags.length > 3, stdout);
      for (const flag of flags) assert.ok(page.includes(flag), `${words.join(" ")} ${flag}`);
      const examples = stdout.match(/(?<=^ {2})imgsync .*?(?= {2}|$)/gm) ?? [];
      assert.equal(examples.length > 0, words[0] !== "auth");
      for (const example of examples) assert.ok(page.includes(example), example);
    }
  });
});
