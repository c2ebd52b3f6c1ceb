import { type Answer, errorAnswer } from "./answer.ts";
import { basicUser } from "./basic.ts";
import type { Action, RegistryOptions, Scope, TokenAuth } from "./options.ts";
import type { RegistryRequest } from "./request.ts";
import type { Tokens } from "./tokens.ts";

/** Returns the refusal of a request that lacks the right credentials, or undefined. */
export function refuseAccess(
  request: RegistryRequest,
  { options, tokens, origin }: { options: RegistryOptions; tokens: Tokens; origin: string },
): Answer | undefined {
  const { auth = { kind: "none" } } = options;
  if (request.kind === "token") return undefined;
  if (auth.kind === "token") return refuseToken(request, auth, { tokens, origin });
  if (auth.kind === "none" || basicUser(request.headers.authorization, auth.users) !== undefined) return undefined;
  return unauthorized(`Basic realm="embedded registry"`);
}

function refuseToken(
  request: RegistryRequest,
  auth: TokenAuth,
  { tokens, origin }: { tokens: Tokens; origin: string },
): Answer | undefined {
  const scopes = scopesOf(request);
  const verdict = tokens.verify(/^Bearer +(\S+)$/i.exec(request.headers.authorization ?? "")?.[1], scopes);
  if (verdict === "granted") return undefined;
  const realm = auth.realm ?? `${origin}/token`;
  const scope = scopes.map(({ repository, actions }) => `repository:${repository}:${actions.join(",")}`).join(" ");
  return unauthorized(
    [
      `Bearer realm="${realm}"`,
      `service="${new URL(origin).host}"`,
      ...(scope === "" ? [] : [`scope="${scope}"`]),
      ...(verdict === "missing" ? [] : [`error="${verdict}"`]),
    ].join(","),
  );
}

function scopesOf({ kind, method, repository, query }: RegistryRequest): readonly Scope[] {
  if (repository === undefined) return [];
  const reads = method === "GET" || method === "HEAD";
  const isContent = kind === "manifest" || kind === "blob";
  const actions: Action[] = reads && kind !== "upload" ? ["pull"] : ["pull", "push"];
  const own: Scope = { repository, actions: method === "DELETE" && isContent ? ["delete"] : actions };
  const from = kind === "upload" && query.has("mount") ? query.get("from") : null;
  return from === null || from === repository ? [own] : [own, { repository: from, actions: ["pull"] }];
}

function unauthorized(challenge: string): Answer {
  const refusal = errorAnswer(401, "UNAUTHORIZED", "authentication required");
  return { ...refusal, headers: { ...refusal.headers, "www-authenticate": challenge } };
}
