import { pathsOf, thisSystem } from "./system.ts";

/** Reports whether a path is a folder or is below it. Both must have links resolved. */
export function isInside(folder: string, path: string, system = thisSystem()): boolean {
  const paths = pathsOf(system);
  const way = paths.relative(folder, path);
  return way !== ".." && !way.startsWith(`..${paths.sep}`) && !paths.isAbsolute(way);
}
