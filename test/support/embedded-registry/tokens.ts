import { randomUUID } from "node:crypto";
import { type Answer, errorAnswer, jsonAnswer } from "./answer.ts";
import { basicUser } from "./basic.ts";
import type { Action, RegistryOptions, Scope, TokenAuth } from "./options.ts";
import type { RegistryRequest } from "./request.ts";

export type Tokens = {
  /** Checks that a token exists, is valid and has every scope. The codes are those of RFC 6750, section 3.1. */
  readonly verify: (
    token: string | undefined,
    scopes: readonly Scope[],
  ) => "granted" | "missing" | "invalid_token" | "insufficient_scope";
  /** The token endpoint. */
  readonly answer: (request: RegistryRequest, body: Uint8Array) => Answer;
};

type Grant = { readonly rights: ReadonlySet<string>; readonly expires: number };

const ACTIONS: readonly Action[] = ["pull", "push", "delete"];

export function createTokens({ auth }: RegistryOptions): Tokens {
  const grants = new Map<string, Grant>();
  const refreshTokens = new Map<string, string>();
  const service = auth?.kind === "token" ? auth : undefined;
  const now = service?.now ?? Date.now;
  return {
    verify: (token, scopes) => {
      if (token === undefined) return "missing";
      const grant = grants.get(token);
      if (grant === undefined || grant.expires <= now()) return "invalid_token";
      const wanted = scopes.flatMap(({ repository, actions }) => actions.map((action) => right(repository, action)));
      return wanted.every((one) => grant.rights.has(one)) ? "granted" : "insufficient_scope";
    },
    answer: (request, body) => {
      if (service === undefined) return errorAnswer(404, "UNSUPPORTED", "no token service here");
      const login = readLogin(request, body, service, refreshTokens);
      if ("status" in login) return login;
      const { expiresIn = 300 } = service;
      const token = randomUUID();
      const seconds = expiresIn === "absent" ? 60 : expiresIn;
      grants.set(token, { rights: grantRights(login, service), expires: now() + seconds * 1000 });
      const refresh = login.offline && login.user !== undefined ? randomUUID() : undefined;
      if (refresh !== undefined && login.user !== undefined) refreshTokens.set(refresh, login.user);
      return jsonAnswer(200, {
        ...(service.member === "access_token" ? {} : { token }),
        ...(service.member === "token" ? {} : { access_token: token }),
        ...(expiresIn === "absent" ? {} : { expires_in: expiresIn, issued_at: new Date(now()).toISOString() }),
        ...(refresh === undefined ? {} : { refresh_token: refresh }),
      });
    },
  };
}

type Login = { readonly user: string | undefined; readonly scopes: readonly string[]; readonly offline: boolean };

function readLogin(
  request: RegistryRequest,
  body: Uint8Array,
  { users = {}, post = false }: TokenAuth,
  refreshTokens: ReadonlyMap<string, string>,
): Login | Answer {
  const { method, query, headers } = request;
  if (method === "POST" && !post) return errorAnswer(404, "UNSUPPORTED", "this token service has no POST");
  if (method === "POST") return readForm(new URLSearchParams(Buffer.from(body).toString("utf8")), users, refreshTokens);
  if (method !== "GET") return errorAnswer(405, "UNSUPPORTED", "the token service wants GET");
  const user = basicUser(headers.authorization, users);
  if (headers.authorization !== undefined && user === undefined) return wrongPassword();
  const scopes = query.getAll("scope").flatMap((scope) => scope.split(" "));
  return { user, scopes, offline: query.get("offline_token") === "true" };
}

/** Distribution's oauth.md: password and refresh_token grants, scopes in one string with spaces. */
function readForm(
  form: URLSearchParams,
  users: Readonly<Record<string, string>>,
  refreshTokens: ReadonlyMap<string, string>,
): Login | Answer {
  const name = form.get("username") ?? "";
  const known = Object.hasOwn(users, name) && users[name] === form.get("password") ? name : undefined;
  const user = form.get("grant_type") === "refresh_token" ? refreshTokens.get(form.get("refresh_token") ?? "") : known;
  if (user === undefined) return wrongPassword();
  return { user, scopes: (form.get("scope") ?? "").split(" "), offline: form.get("access_type") === "offline" };
}

/** Granting less than requested is not an error of the token service. */
function grantRights({ user, scopes }: Login, { access }: TokenAuth): ReadonlySet<string> {
  const allowed = access ?? ((request) => request.user !== undefined);
  const rights = new Set<string>();
  for (const scope of scopes) {
    const match = /^repository:(.+):([a-z,*]+)$/.exec(scope);
    if (match?.[1] === undefined || match[2] === undefined) continue;
    const [, repository, list] = match;
    const actions = list.split(",");
    for (const action of ACTIONS) {
      const asked = actions.includes(action) || actions.includes("*");
      if (asked && allowed({ user, repository, action })) rights.add(right(repository, action));
    }
  }
  return rights;
}

function right(repository: string, action: Action): string {
  return `${repository}:${action}`;
}

function wrongPassword(): Answer {
  return errorAnswer(401, "UNAUTHORIZED", "incorrect username or password");
}
