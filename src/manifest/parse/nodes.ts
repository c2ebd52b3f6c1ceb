import type { Range } from "./source-text.ts";

/**
 * The content of a file with its places: aliases stand for the very node that they name, merge keys are merged, variables
 * are expanded.
 */
export type Node = ScalarNode | ListNode | MapNode;

export type ScalarNode = {
  readonly kind: "scalar";
  readonly weight: Weight;
  readonly range: Range;
  /** What was written: of a plain scalar its source, of any other its value. */
  readonly text: string;
  /** What YAML 1.2's core schema makes of it. */
  readonly value: string | number | boolean | null;
};

export type ListNode = {
  readonly kind: "list";
  readonly weight: Weight;
  readonly range: Range;
  readonly items: readonly Node[];
};

export type MapNode = {
  readonly kind: "map";
  readonly weight: Weight;
  readonly range: Range;
  readonly entries: ReadonlyMap<string, MapEntry>;
};

export type MapEntry = { readonly key: Range; readonly value: Node };

/** What a node comes to when every alias in it is written out. */
export type Weight = { readonly nodes: number; readonly aliases: number; readonly depth: number };

export type Path = readonly (string | number)[];

/** The node at a path, as far as there is one. */
export function nodeAt(root: Node, path: Path): Node | undefined {
  let node: Node | undefined = root;
  for (const part of path) node = node === undefined ? undefined : child(node, part);
  return node;
}

/** Where the value at a path stands: the key that it belongs to, where nothing was written. */
export function rangeAt(root: Node, path: Path): Range {
  const node = nodeAt(root, path);
  if (node !== undefined && node.range[1] > node.range[0]) return node.range;
  const parent = nodeAt(root, path.slice(0, -1));
  return (parent === undefined ? undefined : keyRange(parent, path.at(-1))) ?? node?.range ?? root.range;
}

export function keyRange(node: Node, key: string | number | undefined): Range | undefined {
  return node.kind === "map" ? node.entries.get(String(key))?.key : undefined;
}

function child(node: Node, part: string | number): Node | undefined {
  if (node.kind === "list") return node.items[Number(part)];
  return node.kind === "map" ? node.entries.get(String(part))?.value : undefined;
}
