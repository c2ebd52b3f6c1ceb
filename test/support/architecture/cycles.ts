import { folderOf, resolveImport, type SourceTree } from "./rules.ts";
import { importsOf } from "./source.ts";

/** Every import cycle that a walk from each file finds first, as `a.ts -> b.ts -> a.ts`. Types count too. */
export function findCycles(tree: SourceTree): readonly string[] {
  return cyclesOf(new Map([...tree.keys()].map((path) => [path, neighbours(tree, path)])));
}

/** The same between folders, nested ones too: `src/a` and `src/a/b` are two, and only one may import the other. */
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

/** From its first name, so that one cycle always reads the same. */
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
