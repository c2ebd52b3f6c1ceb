import { folderOf, resolveImport, type SourceTree } from "./rules.ts";
import { importsOf } from "./source.ts";

/** Returns the import cycles, each as `a.ts -> b.ts -> a.ts`. Type imports count too. */
export function findCycles(tree: SourceTree): readonly string[] {
  return cyclesOf(new Map([...tree.keys()].map((path) => [path, neighbours(tree, path)])));
}

/** Returns the import cycles between folders. `src/a` and `src/a/b` are two folders, and only one may import the other. */
export function findFolderCycles(tree: SourceTree): readonly string[] {
  const folders = new Map<string, Set<string>>();
  for (const path of tree.keys()) {
    const folder = folderOf(path);
    const known = folders.get(folder) ?? new Set();
    for (const target of neighbours(tree, path)) if (folderOf(target) !== folder) known.add(folderOf(target));
    folders.set(folder, known);
  }
  return cyclesOf(new Map([...folders].map(([folder, targets]) => [folder, [...targets]])));
}

function cyclesOf(graph: ReadonlyMap<string, readonly string[]>): readonly string[] {
  const done = new Set<string>();
  const cycles: string[] = [];
  const visit = (node: string, trail: readonly string[]): void => {
    const start = trail.indexOf(node);
    if (start >= 0) {
      cycles.push(formatCycle(trail.slice(start)));
      return;
    }
    if (done.has(node)) return;
    for (const next of graph.get(node) ?? []) visit(next, [...trail, node]);
    done.add(node);
  };
  for (const node of graph.keys()) visit(node, []);
  return cycles;
}

/** Starts with the first name in order, so that a cycle is always written the same. */
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
