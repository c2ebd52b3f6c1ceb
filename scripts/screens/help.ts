import { COMMAND_NAMES } from "../../src/cli/commands.ts";
import { createProgram } from "../../src/cli/program.ts";
import type { Context } from "../../src/cli/terminal/context.ts";
import type { Scene } from "./screens.ts";

const NESTED = ["auth configure", "auth explain"];

/** The help of the program and of every command. */
export const help: Scene = async (columns) => {
  const texts: string[] = [];
  for (const command of ["", ...COMMAND_NAMES, ...NESTED]) {
    const args = [...command.split(" ").filter((word) => word !== ""), "--help"];
    texts.push(`$ imgsync ${args.join(" ")}\n${await run(args, columns)}`);
  }
  return texts.join("\n");
};

async function run(args: readonly string[], columns: number): Promise<string> {
  const written: string[] = [];
  const stream = { isTTY: true, columns, write: (text: string) => void written.push(text) };
  const interruption: Context["interruption"] = {
    signal: new AbortController().signal,
    exitCode: () => 130,
    interrupt: () => undefined,
    onSecond: () => () => undefined,
  };
  const context: Context = { environment: {}, stdout: stream, stderr: stream, interruption };
  await createProgram(context, "0").parse(args);
  return written.join("");
}
