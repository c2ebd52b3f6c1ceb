import { readdirSync } from "node:fs";
import { join, relative, resolve, sep } from "node:path";

/** Has a runner of its own, test-kubernetes.mjs. */
const OTHER_TIER = "kubernetes";

/** Returns the test files, relative to the root. If paths are given, only files at or below one of them. */
export function findTestFiles(root, paths) {
  const all = walk(join(root, "test"))
    .filter((file) => file.endsWith(".test.ts"))
    .sort();
  const wanted = paths.map((path) => resolve(root, path));
  return all
    .filter((file) => wanted.length === 0 || wanted.some((path) => file === path || file.startsWith(path + sep)))
    .map((file) => relative(root, file));
}

function walk(folder) {
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) return entry.name === "node_modules" || entry.name === OTHER_TIER ? [] : walk(path);
    return entry.isFile() ? [path] : [];
  });
}
