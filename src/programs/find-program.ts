import { constants } from "node:fs";
import { access, stat } from "node:fs/promises";
import { isFixedPath, pathsOf, type System, thisSystem } from "../files/system.ts";
import { type Environment, foldersOfPath, variableOf } from "./environment.ts";

/** The machine on which programs are searched: this one, except in tests. */
export type Machine = {
  readonly system: System;
  /** Whether the file exists and the system would run it. */
  readonly isProgram: (file: string) => Promise<boolean>;
};

export const THIS_MACHINE: Machine = { system: thisSystem(), isProgram };

/** The forms that start without a further program, in Windows' default order. Others, such as .JS, open a script host. */
const WINDOWS_FORMS = [".com", ".exe", ".bat", ".cmd"];

/**
 * Returns the absolute path of a program, or undefined. Searches only absolute entries of the PATH, never the current folder. On Windows,
 * the extensions of PATHEXT are tried in their order, and a file without one is not a program: next to gcloud.cmd there is `gcloud`, which
 * is for other systems.
 */
export async function findProgram(
  program: string,
  environment: Environment,
  { system, isProgram: isThere }: Machine = THIS_MACHINE,
): Promise<string | undefined> {
  const paths = pathsOf(system);
  const folders = foldersOfPath(variableOf(environment, "PATH", system), system);
  const places = isFixedPath(program, system) ? [program] : isName(program, system) ? folders : [];
  for (const place of places) {
    const path = place === program ? program : paths.join(place, program);
    for (const file of formsOf(path, environment, system)) if (await isThere(file)) return file;
  }
  return undefined;
}

/** Reports whether Windows runs the file with cmd.exe. */
export function isBatchFile(file: string, system: System): boolean {
  return system === "windows" && /\.(?:bat|cmd)$/i.test(file);
}

function isName(program: string, system: System): boolean {
  if (program === "" || program.startsWith(".") || program !== pathsOf(system).basename(program)) return false;
  // a drive or a stream of a file
  return system === "posix" || !program.includes(":");
}

function formsOf(path: string, environment: Environment, system: System): readonly string[] {
  if (system === "posix") return [path];
  const written = (variableOf(environment, "PATHEXT", system) ?? "").toLowerCase().split(";");
  const chosen = written.filter((form) => WINDOWS_FORMS.includes(form));
  const forms = chosen.length === 0 ? WINDOWS_FORMS : chosen;
  const extension = pathsOf(system).extname(path).toLowerCase();
  return forms.includes(extension) ? [path] : forms.map((form) => path + form);
}

async function isProgram(file: string): Promise<boolean> {
  try {
    const found = await stat(file);
    await access(file, constants.X_OK);
    return found.isFile();
  } catch (thrown) {
    // programs of Windows' store cannot be examined, only started
    return thisSystem() === "windows" && thrown instanceof Error && "code" in thrown && thrown.code === "EACCES";
  }
}
