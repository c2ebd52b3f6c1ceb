/** What a 401 asks for. RFC 9110 section 11.6.1; OCI token flow, registries.md section 3.1. */
export type Challenge =
  | { readonly scheme: "basic" }
  | {
      readonly scheme: "bearer";
      readonly realm: string;
      readonly service?: string;
      readonly scope?: string;
      readonly error?: string;
    };

const MAX_LENGTH = 16 * 1024;
const PARAMETER = /([A-Za-z0-9_-]+)\s*=\s*(?:"((?:[^"\\]|\\.)*)"|([^\s,"]+))/y;

/**
 * Reads `WWW-Authenticate`. Bearer wins where several schemes stand in one header. Parameters may be unquoted.
 * Undefined where neither Bearer with a realm nor Basic is asked for.
 */
export function parseChallenge(header: string): Challenge | undefined {
  if (header.length > MAX_LENGTH) return undefined;
  const challenges = splitChallenges(header);
  const bearer = challenges.get("bearer");
  const realm = bearer?.get("realm");
  if (bearer !== undefined && realm !== undefined) {
    const service = bearer.get("service");
    const scope = bearer.get("scope");
    const error = bearer.get("error");
    return {
      scheme: "bearer",
      realm,
      ...(service === undefined ? {} : { service }),
      ...(scope === undefined ? {} : { scope }),
      ...(error === undefined ? {} : { error }),
    };
  }
  return challenges.has("basic") ? { scheme: "basic" } : undefined;
}

function splitChallenges(header: string): Map<string, Map<string, string>> {
  const challenges = new Map<string, Map<string, string>>();
  let current: Map<string, string> | undefined;
  let at = 0;
  while (at < header.length) {
    at = skip(header, at);
    PARAMETER.lastIndex = at;
    const parameter = PARAMETER.exec(header);
    if (parameter !== null && current !== undefined) {
      const [whole, name = "", quoted, plain] = parameter;
      if (!current.has(name.toLowerCase()))
        current.set(name.toLowerCase(), quoted?.replaceAll(/\\(.)/g, "$1") ?? plain ?? "");
      at += whole.length;
      continue;
    }
    const end = endOfWord(header, at);
    if (end === at) {
      at += 1;
      continue;
    }
    current = new Map();
    const scheme = header.slice(at, end).toLowerCase();
    if (!challenges.has(scheme)) challenges.set(scheme, current);
    at = end;
  }
  return challenges;
}

function skip(text: string, start: number): number {
  let at = start;
  while (at < text.length && (text[at] === " " || text[at] === "," || text[at] === "\t")) at += 1;
  return at;
}

function endOfWord(text: string, start: number): number {
  let at = start;
  while (at < text.length && /[A-Za-z0-9_-]/.test(text[at] ?? "")) at += 1;
  return at;
}
