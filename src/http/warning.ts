/** Longer than any value the specification allows. OCI distribution-spec, "Warnings". */
const MAX_LENGTH = 4096;
const WARNING = /(?:^|,\s*)(\d{3}) (?:"[^"]*"|[^\s",]+) "((?:[^"\\]|\\.)*)"/g;

/** Returns the texts of a Warning header, which may contain several: `299 - "deprecated", 299 - "moves soon"`. RFC 7234 section 5.5. */
export function parseWarnings(header: string | undefined): readonly string[] {
  if (header === undefined || header.length > MAX_LENGTH) return [];
  return [...header.matchAll(WARNING)].map(([, , text = ""]) => text.replaceAll(/\\(.)/g, "$1"));
}
