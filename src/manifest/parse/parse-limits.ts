/** Limits of an images.yaml. The file is untrusted: limits are checked before memory use grows. */
export const PARSE_LIMITS = {
  /** For all files together. */
  bytes: 32 * 1024 * 1024,
  /** Per file. A lexeme takes about 300 bytes while parsing, so a file within the byte limit could still exhaust memory. */
  lexemes: 5_000_000,
  /** Nesting of lists and maps, including through aliases. */
  depth: 64,
  keysPerMap: 5_000,
  /** Aliases in the expansion of one alias. */
  nestedAliases: 100,
  /** Nodes in the expansion of all aliases of a file. */
  aliasedNodes: 100_000,
  /** Per file; more would not be read. */
  diagnostics: 100,
  syntaxProblems: 3,
} as const;
