import { ANYTHING, anyNumberOf, literal, type Node, sequence } from "./node.ts";

const SLASH = literal("/");
const NOT_SLASH: Node = { kind: "set", has: (code) => code !== 47 };

/** Parses a glob: `*` and `?` stay within a part of a path, and the part `**` stands for any number of parts, including none. */
export function parseGlob(glob: string): Node {
  const parts = glob.split("/");
  return sequence(
    ...parts.flatMap((part, at) => parsePart(part, { before: parts[at - 1], isLast: at + 1 === parts.length })),
  );
}

type Place = { readonly before: string | undefined; readonly isLast: boolean };

/** Parses a part with the slashes around it that belong to it: a `**` includes the one to the next part, or at the end the one before. */
function parsePart(part: string, { before, isLast }: Place): readonly Node[] {
  const slash = before === undefined || before === "**" ? [] : [SLASH];
  if (part !== "**") return slash.concat(Array.from(part, parseSign));
  if (!isLast) return slash.concat(optional(ANYTHING, SLASH));
  return before === undefined ? [ANYTHING] : [optional(SLASH, ANYTHING)];
}

function parseSign(sign: string): Node {
  if (sign === "*") return anyNumberOf(NOT_SLASH);
  return sign === "?" ? NOT_SLASH : literal(sign);
}

function optional(...nodes: readonly Node[]): Node {
  return { kind: "repeat", node: { kind: "sequence", nodes }, min: 0, max: 1 };
}
