import type { Node, Weight } from "./nodes.ts";
import { PARSE_LIMITS } from "./parse-limits.ts";

/** A node and its weight where it is used: an alias adds one to the alias count. */
export type Weighed = { readonly node: Node; readonly weight: Weight };

export type Aliases = {
  /** An anchor is open until its node is complete: an alias in between would contain itself. */
  readonly open: (anchor: string | undefined) => void;
  readonly close: (anchor: string | undefined, node: Node) => void;
  /** Returns the node of an alias at nesting level `depth`, or why the alias is refused. */
  readonly find: (name: string, depth: number) => Weighed | { readonly problem: string };
};

/**
 * The anchors of one file in text order, and the budget for their expansion. Aliases share nodes here, but consumers walk a node once per
 * use. Threat T23.
 */
export function createAliases(): Aliases {
  const anchors = new Map<string, Node | "open">();
  let total = 0;
  return {
    open: (anchor) => void (anchor !== undefined && anchors.set(anchor, "open")),
    close: (anchor, node) => void (anchor !== undefined && anchors.set(anchor, node)),
    find: (name, depth) => {
      const found = anchors.get(name);
      if (found === undefined) return { problem: `no anchor "&${name}" is before the alias "*${name}"` };
      if (found === "open") return { problem: `the alias "*${name}" is inside its own anchor` };
      const { weight } = found;
      total += weight.nodes;
      const problem = excess(weight, depth, total);
      return problem === undefined ? { node: found, weight: { ...weight, aliases: weight.aliases + 1 } } : { problem };
    },
  };
}

function excess(found: Weight, depth: number, total: number): string | undefined {
  if (found.aliases > PARSE_LIMITS.nestedAliases) {
    return `this alias expands to more than ${PARSE_LIMITS.nestedAliases} other aliases`;
  }
  if (total > PARSE_LIMITS.aliasedNodes) {
    return `the aliases of this file expand to more than ${PARSE_LIMITS.aliasedNodes} values`;
  }
  if (depth + found.depth > PARSE_LIMITS.depth) {
    return `lists and maps are nested more than ${PARSE_LIMITS.depth} levels deep, through this alias`;
  }
  return undefined;
}

/** The weight of a list or map with these parts. */
export function weightAround(parts: readonly Weight[]): Weight {
  let nodes = 1;
  let aliases = 0;
  let depth = 0;
  for (const part of parts) {
    nodes += part.nodes;
    aliases += part.aliases;
    depth = Math.max(depth, part.depth);
  }
  return { nodes, aliases, depth: depth + 1 };
}
