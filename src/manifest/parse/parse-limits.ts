/** What an images.yaml may be at most. The file is untrusted: all of these are looked at before anything grows with them. */
export const PARSE_LIMITS = {
  /** Of all files together. */
  bytes: 32 * 1024 * 1024,
  /** Of one file. Each takes some 300 bytes until it is read: within its bytes a file could still fill the memory. */
  lexemes: 5_000_000,
  /** Lists and maps inside one another, also through aliases. */
  depth: 64,
  keysPerMap: 5_000,
  /** Aliases inside what one alias stands for. */
  nestedAliases: 100,
  /** Nodes that all aliases of a file stand for. */
  aliasedNodes: 100_000,
  /** Findings per file: who has more of them is not reading them. */
  diagnostics: 100,
  syntaxProblems: 3,
} as const;
