/** A parsed pattern. */
export type Node =
  | { readonly kind: "character"; readonly test: (code: number) => boolean }
  | { readonly kind: "sequence"; readonly nodes: readonly Node[] }
  | { readonly kind: "choice"; readonly nodes: readonly Node[] }
  | { readonly kind: "repeat"; readonly node: Node; readonly min: number; readonly max: number }
  | { readonly kind: "begin" }
  | { readonly kind: "end" };

export const ANYTHING: Node = {
  kind: "repeat",
  node: { kind: "character", test: () => true },
  min: 0,
  max: Infinity,
};

/** Matches the text literally. */
export function literal(text: string): Node {
  const nodes = Array.from(text, (character): Node => {
    const code = character.codePointAt(0);
    return { kind: "character", test: (other) => other === code };
  });
  return { kind: "sequence", nodes };
}
