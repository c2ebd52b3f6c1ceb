import assert from "node:assert/strict";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { mkdir } from "node:fs/promises";
import { makeFolder, runCli } from "../support/cli.ts";
import { requireProgram, runProgram } from "../support/programs.ts";

/** A script for zsh on its own terminal: records what completion offers for one line, then exits. */
const CAPTURE_ZSH = `autoload -Uz compinit; compinit -u -D
source ./completion.zsh
compadd() {
  if [[ -n \${(M)@:#-[OAD]*} ]]; then builtin compadd "$@"; return; fi
  local -a offers
  builtin compadd -O offers "$@"
  print -rl -- $offers >> offered
  builtin compadd "$@"
}
finish() { exit }
comppostfuncs=(finish)
`;

let folder: Awaited<ReturnType<typeof makeFolder>>;
before(async () => {
  folder = await makeFolder({ "my plan.json": "{}", "other.txt": "", "my.json": "{}", "capture.zsh": CAPTURE_ZSH });
  await mkdir(join(folder.path, "plans"));
  await folder.write("plans/next.json", "{}");
  for (const shell of ["bash", "zsh", "fish"]) {
    const { code, stdout, stderr } = await runCli(["completion", shell], { cwd: folder.path });
    assert.deepEqual([code, stderr], [0, ""]);
    await folder.write(`completion.${shell}`, stdout);
  }
});
after(() => folder.remove());

/** Returns the suggestions for the last word; words are split as the shell splits them. */
type Complete = (...words: readonly string[]) => Promise<readonly string[]>;

const COMPLETERS: Readonly<Record<"bash" | "zsh" | "fish", Complete>> = {
  bash: async (...words) => {
    const script = `cd "$1"; source ./completion.bash; shift
      COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); _imgsync; printf '%s\\n' "\${COMPREPLY[@]}"`;
    return linesOf(await runProgram("bash", ["--norc", "-c", script, "bash", folder.path, "imgsync", ...words]));
  },
  zsh: async (...words) => {
    const line = ["imgsync", ...words].join(" ");
    const script = `cd $1; rm -f offered; print -n > offered
      zmodload zsh/zpty && zpty shell "zsh -f -i" && zpty -w shell "source ./capture.zsh"
      zpty -w -n shell "$2"$'\\t'; while zpty -r shell ignored; do :; done; cat offered`;
    const env = { HOME: folder.path, TERM: "dumb" };
    const limit = ["--kill-after=1", "10"];
    const offered = linesOf(
      await runProgram("timeout", [...limit, "zsh", "-f", "-c", script, "zsh", folder.path, line], { env }),
    );
    return offered.map((each) => each.replaceAll("\\", ""));
  },
  fish: async (...words) => {
    const line = ["imgsync", ...words].join(" ");
    const script = `cd $argv[1]; source ./completion.fish; complete -C $argv[2]`;
    const env = { HOME: folder.path, XDG_CONFIG_HOME: folder.path, XDG_DATA_HOME: folder.path };
    return linesOf(await runProgram("fish", ["-N", "-c", script, folder.path, line], { env }));
  },
};

function linesOf({ stdout, stderr }: { stdout: Uint8Array; stderr: string }): readonly string[] {
  assert.equal(stderr, "");
  const lines = new TextDecoder().decode(stdout).split("\n");
  return lines.flatMap((line) => line.split("\t", 1)).filter((line) => line !== "");
}

describe("imgsync completion", () => {
  for (const [shell, complete] of Object.entries(COMPLETERS)) {
    it(`completes commands, flags, their values and files in ${shell}`, async (t) => {
      if (!requireProgram(t, shell as keyof typeof COMPLETERS)) return;
      assert.deepEqual(await complete("pl"), ["plan"]);
      assert.deepEqual(await complete("plan", "--fo"), ["--format"]);
      assert.deepEqual((await complete("apply", "--format", "")).toSorted(), ["json", "text"]);
      assert.deepEqual(await complete("plan", "-v", "--color", "al"), ["always"]);
      assert.deepEqual((await complete("apply", "my")).toSorted(), ["my plan.json", "my.json"]);
      // folders with or without a slash; fish makes one of its own
      const offered = (await complete("apply", "")).map((word) => word.replace(/\/$/, ""));
      const own = offered.filter((word) => word !== "fish").toSorted();
      assert.deepEqual(own, ["my plan.json", "my.json", "plans"]);
      const [inside = "", ...others] = await complete("apply", "plans/");
      assert.deepEqual([inside.replace("plans/", ""), others], ["next.json", []]);
      assert.deepEqual(await complete("help", "expl"), ["explain", "explain-error"]);
      assert.deepEqual(await complete("explain-error", "TAG_ST"), ["TAG_STALE"]);
      assert.deepEqual((await complete("pull", "--with", "")).toSorted(), ["crictl", "docker"]);
      assert.deepEqual(await complete("plan", "--only", "o"), []);
      assert.deepEqual(await complete("validate", "--fo"), []);
    });
  }

  it("completes after an equals sign in bash, which makes the sign its own word", async (t) => {
    if (!requireProgram(t, "bash")) return;
    assert.deepEqual(await COMPLETERS.bash("apply", "--format", "=", "j"), ["json"]);
    assert.deepEqual((await COMPLETERS.bash("apply", "--format", "=")).length, 2);
  });

  it("offers a flag again only if it collects its values", async () => {
    const { stdout } = await runCli(["completion", "zsh"], { cwd: folder.path });
    const repeatable = new Set(
      [...stdout.matchAll(/'\*'?\{?(?:-[a-z]\+?,)?--([a-z-]+)/g)].map(([, name = ""]) => name),
    );
    assert.deepEqual([...repeatable].toSorted(), [
      "allow-files",
      "allow-host",
      "allow-plain-http",
      "auth",
      "only",
      "out",
      "tag",
      "update",
      "var",
      "var-file",
    ]);
  });

  it("passes the syntax check of each shell", async (t) => {
    for (const shell of ["bash", "zsh", "fish"] as const) {
      if (!requireProgram(t, shell)) return;
      const { code, stderr } = await runProgram(shell, ["-n", join(folder.path, `completion.${shell}`)]);
      assert.deepEqual([shell, code, stderr], [shell, 0, ""]);
    }
  });

  it("refuses an unsupported shell", async () => {
    const { code, stderr } = await runCli(["completion", "tcsh"], { cwd: folder.path });
    assert.equal(code, 1);
    assert.match(stderr, /"tcsh" is not valid for shell \[USAGE\]\n {2}hint: write one of bash, zsh, fish/);
  });
});
