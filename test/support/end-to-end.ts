import type { IncomingHttpHeaders } from "node:http";

const HOP_BY_HOP = new Set(["connection", "keep-alive", "proxy-connection"]);

/**
 * The headers that a proxy passes on: without what belongs to one connection (RFC 9110, section 7.6.1). Framing is kept as it
 * came unless it is among what is to be left out too.
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
