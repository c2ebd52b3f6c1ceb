import type { Range } from "./source-text.ts";

/** The content of a file with its ranges. Aliases share the node of their anchor, merge keys are merged, and variables are expanded. */
export type Node = ScalarNode | ListNode | MapNode;

export type ScalarNode = {
  readonly kind: "scalar";
  readonly weight: Weight;
  readonly range: Range;
  /** The source of a plain scalar, or the value of a quoted one. */
  readonly text: string;
  /** The value by YAML 1.2's core schema. */
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

/** The size of a node with all aliases expanded. */
export type Weight = { readonly nodes: number; readonly aliases: number; readonly depth: number };

export type Path = readonly (string | number)[];

/** Returns the node at a path, if there is one. */
export function nodeAt(root: Node, path: Path): Node | undefined {
  let node: Node | undefined = root;
  for (const part of path) node = node === undefined ? undefined : child(node, part);
  return node;
}

/** Returns the range of the value at a path, or that of its key if the value is empty. */
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
