import type { Command } from "commander";
import { describeProgram } from "../../src/cli/program.ts";
import { type Described, manPage, pageName } from "./man/page.ts";
import { type Release, timestamp } from "./release.ts";

/** Narrow enough for examples that are indented on a terminal of 80 columns. */
const COLUMNS = 70;

/** Returns the man pages of the program and of all its commands, by file name: `imgsync-plan.1`. */
export async function manPages(release: Release): Promise<ReadonlyMap<string, string>> {
  let written = "";
  const stream = { write: (text: string) => (written += text), isTTY: true, columns: COLUMNS };
  const program = await describeProgram(stream, release.version);
  const describe = (command: Command, path: string): readonly Described[] => {
    written = "";
    command.outputHelp();
    const lists = written.slice(command.helpInformation().length);
    const nested = command.commands.flatMap((child) => describe(child, `${path} ${child.name()}`));
    return [{ command, path, lists }, ...nested];
  };
  const described = describe(program, program.name());
  const paths = described.map(({ path }) => path);
  const edition = { version: release.version, date: timestamp(release).slice(0, 10) };
  return new Map(described.map((one) => [`${pageName(one.path)}.1`, manPage(one, paths, edition)]));
}
