import assert from "node:assert/strict";
import { it } from "node:test";
import { runCli } from "../support/cli.ts";

it("the help of every command has an example of the command, and is at most 80 columns wide", async () => {
  const help = async (...args: readonly string[]): Promise<string> => {
    const { code, stdout, stderr } = await runCli([...args, "--help"], { cwd: import.meta.dirname ?? "." });
    assert.deepEqual([code, stderr], [0, ""]);
    for (const line of stdout.split("\n")) assert.ok(line.length <= 80, line);
    return stdout;
  };
  const commands = [...(await help()).matchAll(/^ {2}([a-z-]+)(?: [[<].*?)? {2,}\S/gm)].map(([, name = ""]) => name);
  assert.ok(commands.includes("plan") && commands.includes("completion"), commands.join(" "));
  for (const command of commands.filter((name) => name !== "help" && name !== "version")) {
    const [, examples = ""] = (await help(command)).split("\nExamples:\n");
    assert.match(examples, new RegExp(`^ {2}(?:source <\\()?imgsync ${command}\\b`), command);
  }
});

it("the help of --concurrency counts images for pull and changes for apply", async () => {
  const counted = async (command: string) =>
    /--concurrency <number>\s+number of (\w+)[^(]*\(default:\s+(\d+)\)/
      .exec((await runCli([command, "--help"], { cwd: import.meta.dirname ?? "." })).stdout)
      ?.slice(1);
  assert.deepEqual(await counted("pull"), ["images", "3"]);
  assert.deepEqual(await counted("apply"), ["changes", "8"]);
});

const run = (...args: readonly string[]) => runCli(args, { cwd: import.meta.dirname ?? "." });

it("help and version are commands too", async () => {
  for (const [words, flags] of [
    [["help"], ["--help"]],
    [
      ["help", "plan"],
      ["plan", "--help"],
    ],
    [
      ["help", "auth", "explain"],
      ["auth", "explain", "--help"],
    ],
    [["version"], ["--version"]],
  ] as const) {
    const [asked, expected] = [await run(...words), await run(...flags)];
    assert.deepEqual(asked, expected);
    assert.equal(asked.code, 0);
  }
  assert.match((await run("help")).stdout, /^ {2}help \[command\.\.\.\] .*\n {2}version /m);
});

it("a usage error names the help of its own command", async () => {
  for (const [args, name] of [
    [["plan", "--bogus"], "imgsync plan"],
    [["auth", "explain"], "imgsync auth explain"],
    [["help", "pln"], "imgsync"],
    [["pln"], "imgsync"],
  ] as const) {
    const { code, stderr } = await run(...args);
    assert.equal(code, 1);
    assert.ok(stderr.endsWith(`(see ${name} --help)\n`), stderr);
  }
  assert.match((await run("help", "pln")).stderr, /Did you mean plan\?/);
});
