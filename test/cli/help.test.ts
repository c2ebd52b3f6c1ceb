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
  for (const command of commands) {
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
