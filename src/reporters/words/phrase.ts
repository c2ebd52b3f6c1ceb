/** Text whose parts are rendered differently by each output: our own words, and code or untrusted text, which each output marks and escapes. */
export type Phrase = readonly (string | { readonly code: string })[];
