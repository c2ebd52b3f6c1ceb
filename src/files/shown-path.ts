import { pathsOf, thisSystem } from "./system.ts";

/** Returns a path as messages and plans show it on every system: relative to the current folder, with slashes. */
export function shownPath(file: string, cwd: string, system = thisSystem()): string {
  const paths = pathsOf(system);
  return (paths.relative(cwd, file) || file).split(paths.sep).join("/");
}
