const IMPORT = /(?:^|[;\s}])(?:import|export)\s+(?:type\s+)?(?:[\w$*{][^;"'`]*?\sfrom\s*)?["']([^"'\n]+)["']/g;
const DYNAMIC_IMPORT = /\bimport\s*\(\s*["'`]([^"'`\n]+)["'`]/g;
const COMMENT_OR_TEXT =
  /\/\*[\s\S]*?\*\/|\/\/[^\n]*|"(?:\\.|[^"\\\n])*"|'(?:\\.|[^'\\\n])*'|`(?:\\.|\$\{(?:[^{}`]|\{[^{}]*\})*\}|[^`\\])*`/g;

/** Returns what a module imports statically, by re-export, as types or dynamically. */
export function importsOf(text: string): readonly string[] {
  const code = withoutComments(text);
  const found = [...code.matchAll(IMPORT), ...code.matchAll(DYNAMIC_IMPORT)];
  return found.flatMap(([, specifier]) => (specifier === undefined ? [] : [specifier]));
}

/** Returns the code without comments and strings, but with the expressions in `${…}`. */
export function withoutTextAndComments(text: string): string {
  return text.replaceAll(COMMENT_OR_TEXT, (match) => {
    if (!match.startsWith("`")) return '""';
    return [...match.matchAll(/\$\{((?:[^{}`]|\{[^{}]*\})*)\}/g)].map(([, inner]) => `(${inner ?? ""})`).join(";");
  });
}

function withoutComments(text: string): string {
  return text.replaceAll(COMMENT_OR_TEXT, (match) => (match.startsWith("/*") || match.startsWith("//") ? " " : match));
}
