import type { IncomingHttpHeaders } from "node:http";

const HOP_BY_HOP = new Set(["connection", "keep-alive", "proxy-connection"]);

/**
 * Returns the headers that a proxy forwards, without those of a single connection (RFC 9110, section 7.6.1). Framing is kept
 * unless it is in `leftOut`.
 */
export function endToEnd(
  headers: IncomingHttpHeaders,
  leftOut: readonly string[] = [],
): Record<string, string | string[]> {
  const kept = Object.entries(headers).filter(
    (pair): pair is [string, string | string[]] =>
      pair[1] !== undefined && !HOP_BY_HOP.has(pair[0]) && !leftOut.includes(pair[0]),
  );
  return Object.fromEntries(kept);
}
