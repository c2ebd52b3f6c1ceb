import { isAbsolute, relative, sep } from "node:path";

/** Reports whether a path is a folder or is below it. Both must have links resolved. */
export function isInside(folder: string, path: string): boolean {
  const way = relative(folder, path);
  return way !== ".." && !way.startsWith(`..${sep}`) && !isAbsolute(way);
}
