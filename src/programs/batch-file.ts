import type { System } from "../files/system.ts";
import { isBatchFile } from "./find-program.ts";

/** Characters that cmd.exe or a batch file may interpret, some of them even between quotes. */
const INTERPRETED = /["%!^&|<>()\p{Control}]/u;
const IN_A_NAME = /["%\p{Control}]/u;

/**
 * Returns why a file must not be started with these arguments: it is a batch file, which Windows runs with cmd.exe, and cmd.exe might run a
 * part of an argument as a command (CVE-2024-27980). execa quotes all other characters. Undefined if it may be started.
 */
export function batchProblem(file: string, args: readonly string[], system: System): string | undefined {
  if (!isBatchFile(file, system)) return undefined;
  if (IN_A_NAME.test(file)) return "it is a batch file with a character in its path that cmd.exe interprets";
  // the argument may be a secret
  return args.some((argument) => INTERPRETED.test(argument))
    ? "it is a batch file, and cmd.exe would interpret a character of an argument"
    : undefined;
}
