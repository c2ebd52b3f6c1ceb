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
 * The strongest challenge in `WWW-Authenticate` that we can answer: Bearer with a realm, then Basic, wherever they stand among
 * others such as Negotiate or a Bearer that only tells an error. Parameters may be unquoted. Undefined where there is neither.
 */
export function parseChallenge(header: string): Challenge | undefined {
  if (header.length > MAX_LENGTH) return undefined;
  const all = splitChallenges(header);
  const bearers = all.flatMap(({ scheme, parameters }) => (scheme === "bearer" ? [parameters] : []));
  const isBasic = all.some(({ scheme }) => scheme === "basic");
  // one whose realm is no address is chosen only for the error that it leads to
  const bearer = bearers.find(hasUsableRealm) ?? (isBasic ? undefined : bearers.find((one) => one.has("realm")));
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
  return isBasic ? { scheme: "basic" } : undefined;
}

function hasUsableRealm(parameters: Parameters): boolean {
  return URL.canParse(parameters.get("realm") ?? "");
}

/** Whether two challenges ask for the same, so that the same answer would be given to both. */
export function isSameChallenge(one: Challenge, other: Challenge): boolean {
  if (one.scheme === "basic" || other.scheme === "basic") return one.scheme === other.scheme;
  return one.realm === other.realm && one.service === other.service && one.scope === other.scope;
}

type Parameters = ReadonlyMap<string, string>;

function splitChallenges(header: string): readonly { readonly scheme: string; readonly parameters: Parameters }[] {
  const challenges: { readonly scheme: string; readonly parameters: Map<string, string> }[] = [];
  let at = 0;
  while (at < header.length) {
    at = skip(header, at);
    PARAMETER.lastIndex = at;
    const current = challenges.at(-1)?.parameters;
    const parameter = PARAMETER.exec(header);
    if (parameter !== null && current !== undefined) {
      const [whole, name = "", quoted, plain] = parameter;
      const key = name.toLowerCase();
      if (!current.has(key)) current.set(key, quoted?.replaceAll(/\\(.)/g, "$1") ?? plain ?? "");
      at += whole.length;
      continue;
    }
    const end = endOfWord(header, at);
    if (end === at) {
      at += 1;
      continue;
    }
    challenges.push({ scheme: header.slice(at, end).toLowerCase(), parameters: new Map() });
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
