import { platform } from "node:os";
import path, { type PlatformPath } from "node:path";

/** The kind of operating system, which decides the form of paths, lists of folders and file attributes. */
export type System = "posix" | "windows";

/** The system that this process runs on. Functions take a system as a parameter, so that tests cover both kinds. */
export function thisSystem(): System {
  return platform() === "win32" ? "windows" : "posix";
}

/** Returns the functions for paths of a system. */
export function pathsOf(system: System): PlatformPath {
  return system === "windows" ? path.win32 : path.posix;
}

/**
 * Reports whether a path names the same file in every current folder. On Windows, `\folder` depends on the current drive, so it is not
 * fixed although Node calls it absolute.
 */
export function isFixedPath(file: string, system: System): boolean {
  return system === "windows" ? /^(?:[A-Za-z]:[\\/]|\\\\[^\\/])/.test(file) : path.posix.isAbsolute(file);
}
