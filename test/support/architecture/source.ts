const IMPORT = /(?:^|[;\s}])(?:import|export)\s+(?:type\s+)?(?:[\w$*{][^;"'`]*?\sfrom\s*)?["']([^"'\n]+)["']/g;
const DYNAMIC_IMPORT = /\bimport\s*\(\s*["'`]([^"'`\n]+)["'`]/g;
const COMMENT_OR_TEXT =
  /\/\*[\s\S]*?\*\/|\/\/[^\n]*|"(?:\\.|[^"\\\n])*"|'(?:\\.|[^'\\\n])*'|`(?:\\.|\$\{(?:[^{}`]|\{[^{}]*\})*\}|[^`\\])*`/g;

/** What a module imports, statically, by re-export, as types or on demand. */
export function importsOf(text: string): readonly string[] {
  const code = withoutComments(text);
  const found = [...code.matchAll(IMPORT), ...code.matchAll(DYNAMIC_IMPORT)];
  return found.flatMap(([, specifier]) => (specifier === undefined ? [] : [specifier]));
}

/** The code alone: comments and texts are emptied, but what stands in `${…}` stays. */
export function withoutTextAndComments(text: string): string {
  return text.replaceAll(COMMENT_OR_TEXT, (match) => {
    if (!match.startsWith("`")) return '""';
    return [...match.matchAll(/\$\{((?:[^{}`]|\{[^{}]*\})*)\}/g)].map(([, inner]) => `(${inner ?? ""})`).join(";");
  });
}

function withoutComments(text: string): string {
  return text.replaceAll(COMMENT_OR_TEXT, (match) => (match.startsWith("/*") || match.startsWith("//") ? " " : match));
}
