import { resolveImport, type SourceTree } from "./rules.ts";
import { importsOf } from "./source.ts";

/** Every import cycle that a walk from each file finds first, as `a.ts -> b.ts -> a.ts`. Types count too. */
export function findCycles(tree: SourceTree): readonly string[] {
  const done = new Set<string>();
  const cycles: string[] = [];
  const visit = (path: string, trail: readonly string[]): void => {
    const start = trail.indexOf(path);
    if (start >= 0) {
      cycles.push(formatCycle(trail.slice(start)));
      return;
    }
    if (done.has(path)) return;
    for (const next of neighbours(tree, path)) visit(next, [...trail, path]);
    done.add(path);
  };
  for (const path of tree.keys()) visit(path, []);
  return cycles;
}

/** From its first file by name, so that one cycle always reads the same. */
function formatCycle(files: readonly string[]): string {
  const first = files.indexOf(files.toSorted()[0] ?? "");
  const turned = [...files.slice(first), ...files.slice(0, first)];
  return [...turned, turned[0]].join(" -> ");
}

function neighbours(tree: SourceTree, path: string): readonly string[] {
  return importsOf(tree.get(path) ?? "")
    .filter((specifier) => specifier.startsWith("."))
    .map((specifier) => resolveImport(path, specifier))
    .filter((target) => tree.has(target));
}
