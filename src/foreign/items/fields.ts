import type { MapNode, Node } from "../../manifest/parse/nodes.ts";

/** Returns the value of a key; undefined if the node is not a map or lacks the key. */
export function field(node: Node | undefined, ...path: readonly string[]): Node | undefined {
  let found = node;
  for (const key of path) found = found?.kind === "map" ? found.entries.get(key)?.value : undefined;
  return found;
}

/** Returns the text of a scalar as written, or undefined if there is none or it is empty. */
export function textOf(node: Node | undefined): string | undefined {
  return node?.kind === "scalar" && node.value !== null && node.text !== "" ? node.text : undefined;
}

/** Returns the text of a key's scalar. */
export function textAt(node: Node | undefined, ...path: readonly string[]): string | undefined {
  return textOf(field(node, ...path));
}

export function isTrue(node: Node | undefined): boolean {
  return node?.kind === "scalar" && node.value === true;
}

export function isFalse(node: Node | undefined): boolean {
  return node?.kind === "scalar" && node.value === false;
}

/** Returns the items of a list; empty for anything else. */
export function itemsOf(node: Node | undefined): readonly Node[] {
  return node?.kind === "list" ? node.items : [];
}

/** Returns the entries of a map; empty for anything else. */
export function entriesOf(node: Node | undefined): readonly (readonly [string, Node])[] {
  return node?.kind === "map" ? Array.from(node.entries, ([key, { value }]) => [key, value] as const) : [];
}

/** Returns the items of a list, or the scalar itself. */
export function textsOf(node: Node | undefined): readonly Node[] {
  if (node?.kind === "scalar") return node.value === null ? [] : [node];
  return itemsOf(node);
}

export function hasKeys(node: Node | undefined, ...keys: readonly string[]): node is MapNode {
  return node?.kind === "map" && keys.every((key) => node.entries.has(key));
}
