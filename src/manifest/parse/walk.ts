import type { ParsedNode } from "yaml";
import type { Position } from "../../model/position.ts";
import type { Weighed } from "./aliases.ts";
import type { Variables } from "./expand-variables.ts";
import type { EarlyItems } from "./long-lists.ts";
import type { Node, Weight } from "./nodes.ts";
import type { Finding, Range } from "./source-text.ts";

/** The shared state of the walk over a document. */
export type Walk = {
  /** Undefined: text is kept as written. */
  readonly variables: Variables | undefined;
  readonly early: EarlyItems;
  /** Called for a key that occurs again in a map: its last value counts. Undefined: this is an error. */
  readonly onRepeatedKey: ((range: Range) => void) | undefined;
  readonly report: (range: Range, finding: Finding) => void;
  /** Reports a fatal finding: the rest of the tree is not reliable. */
  readonly fail: (range: Range, finding: Finding) => void;
  readonly positionOf: (range: Range) => Position;
  readonly markBroken: (range: Range) => void;
  /** Notes the use of variables without a value. */
  readonly noteUnset: (range: Range, names: readonly string[]) => void;
  readonly compose: (node: ParsedNode, depth: number) => Weighed;
};

export const SCALAR_WEIGHT: Weight = { nodes: 1, aliases: 0, depth: 0 };

/** Weighs a node at its own place, without an alias. */
export function alone(node: Node): Weighed {
  return { node, weight: node.weight };
}

/** A missing value. */
export function nothing([, end]: Range): Weighed {
  return alone({ kind: "scalar", weight: SCALAR_WEIGHT, range: [end, end], text: "", value: null });
}

export function rangeOf(node: ParsedNode): Range {
  return [node.range[0], node.range[1]];
}
