import { defined } from "../../model/defined.ts";

/** A parsed 401 challenge. RFC 9110 section 11.6.1; OCI token flow, registries.md section 3.1. */
export type Challenge =
  | { readonly scheme: "basic" }
  | {
      readonly scheme: "bearer";
      readonly realm: string;
      readonly service?: string;
      readonly scope?: string;
      readonly error?: string;
    };

export type BearerChallenge = Extract<Challenge, { scheme: "bearer" }>;

const MAX_LENGTH = 16 * 1024;
const PARAMETER = /([A-Za-z0-9_-]+)\s*=\s*(?:"((?:[^"\\]|\\.)*)"|([^\s,"]+))/y;

/**
 * Returns the strongest supported challenge in `WWW-Authenticate`: Bearer with a realm, then Basic. Skips others, such as Negotiate or a
 * Bearer that contains only an error. Parameters may be unquoted. Returns undefined if there is no supported challenge.
 */
export function parseChallenge(header: string): Challenge | undefined {
  if (header.length > MAX_LENGTH) return undefined;
  const all = splitChallenges(header);
  const bearers = all.flatMap(({ scheme, parameters }) => (scheme === "bearer" ? [parameters] : []));
  const isBasic = all.some(({ scheme }) => scheme === "basic");
  // a realm that is not a URL is used only if there is no other challenge, for its error message
  const bearer = bearers.find(hasUsableRealm) ?? (isBasic ? undefined : bearers.find((one) => one.has("realm")));
  const realm = bearer?.get("realm");
  if (bearer !== undefined && realm !== undefined) {
    const service = bearer.get("service");
    const scope = bearer.get("scope");
    const error = bearer.get("error");
    return {
      scheme: "bearer",
      realm,
      ...defined({ service, scope, error }),
    };
  }
  return isBasic ? { scheme: "basic" } : undefined;
}

function hasUsableRealm(parameters: Parameters): boolean {
  return URL.canParse(parameters.get("realm") ?? "");
}

/** Reports whether two challenges ask for the same credentials. */
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
