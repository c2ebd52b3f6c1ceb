import { createMatcher, type Matcher } from "./match.ts";
import { ANYTHING, literal, type Node } from "./node.ts";
import { compileRe2 } from "./re2.ts";

const MAX_LENGTH = 255;

/** `*` matches any text; all other characters are literal. */
export function compileWildcard(pattern: string): Matcher | undefined {
  if (pattern.length > MAX_LENGTH) return undefined;
  const nodes = pattern
    .split("*")
    .flatMap((text, at): Node[] => (at === 0 ? [literal(text)] : [ANYTHING, literal(text)]));
  return createMatcher({ kind: "sequence", nodes });
}

/** Doublestar patterns: `*` and `?` within a part, `**` across parts, `{a,b}`, classes. Returns undefined if the pattern is not valid. */
export function compileDoublestar(pattern: string): Matcher | undefined {
  if (pattern.length > MAX_LENGTH) return undefined;
  let depth = 0;
  const regex = pattern.replaceAll(/\*\*\/|\/\*\*$|\*\*|\\.|\[!|[*?{},^$.()|+]/g, (sign) => {
    if (sign === "**/") return "(?:.*/)?";
    if (sign === "/**") return "(?:/.*)?";
    if (sign === "**") return ".*";
    if (sign === "*") return "[^/]*";
    if (sign === "?") return "[^/]";
    if (sign === "[!") return "[^";
    if (sign.startsWith("\\")) return sign;
    if (sign === "{") depth += 1;
    if (sign === "{") return "(?:";
    if (sign === "," && depth > 0) return "|";
    if (sign === "}" && depth > 0) {
      depth -= 1;
      return ")";
    }
    return sign === "," ? sign : `\\${sign}`;
  });
  return compileRe2(regex);
}
