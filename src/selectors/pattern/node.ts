/** A parsed pattern. Where several matches are possible, the order of preference is that of JavaScript's regular expressions. */
export type Node =
  | { readonly kind: "character"; readonly code: number }
  | { readonly kind: "set"; readonly has: CharacterTest }
  | { readonly kind: "sequence"; readonly nodes: readonly Node[] }
  /** The first is preferred. */
  | { readonly kind: "choice"; readonly nodes: readonly Node[] }
  /** Prefers more rounds, or fewer if it is lazy. */
  | Repeat
  /** Remembers the text that the node matched. */
  | { readonly kind: "capture"; readonly node: Node }
  | { readonly kind: "begin" }
  | { readonly kind: "end" }
  | { readonly kind: "word-boundary"; readonly isNegated: boolean }
  | LookAround;

/** Whether a character, given by its code point, is in a set. */
export type CharacterTest = (code: number) => boolean;

export type Repeat = {
  readonly kind: "repeat";
  readonly node: Node;
  readonly min: number;
  readonly max: number;
  readonly isLazy?: boolean;
};

/** Whether the text after this place matches, or the text before it. */
export type LookAround = {
  readonly kind: "look";
  readonly node: Node;
  readonly isBehind: boolean;
  readonly isNegated: boolean;
};

export const ANYTHING: Node = anyNumberOf({ kind: "set", has: () => true });

export function anyNumberOf(node: Node): Node {
  return { kind: "repeat", node, min: 0, max: Infinity };
}

export function sequence(...nodes: readonly Node[]): Node {
  return { kind: "sequence", nodes };
}

/** Matches the text literally. */
export function literal(text: string): Node {
  const nodes = Array.from(text, (character): Node => ({ kind: "character", code: character.codePointAt(0) ?? 0 }));
  return { kind: "sequence", nodes };
}

/** Whether the node may match the empty text. */
export function mayBeEmpty(node: Node): boolean {
  if (node.kind === "character" || node.kind === "set") return false;
  if (node.kind === "sequence") return node.nodes.every(mayBeEmpty);
  if (node.kind === "choice") return node.nodes.some(mayBeEmpty);
  if (node.kind === "repeat") return node.min === 0 || mayBeEmpty(node.node);
  return node.kind !== "capture" || mayBeEmpty(node.node);
}

/** Returns the captures in a node, in the order of the pattern. */
export function capturesOf(node: Node): readonly Node[] {
  if (node.kind === "sequence" || node.kind === "choice") return node.nodes.flatMap(capturesOf);
  if (node.kind === "repeat" || node.kind === "look") return capturesOf(node.node);
  return node.kind === "capture" ? [node, ...capturesOf(node.node)] : [];
}
