import type { Challenge } from "./challenge.ts";

/** With what a second challenge names beyond what was asked for at first. */
export function withScope<Request extends { readonly scopes: readonly string[] }>(
  request: Request,
  challenge: Challenge,
): Request {
  const named = challenge.scheme === "bearer" ? (challenge.scope ?? "").split(" ").filter((scope) => scope !== "") : [];
  const missing = named.filter((scope) => !request.scopes.some((asked) => covers(asked, scope)));
  return { ...request, scopes: [...request.scopes, ...missing] };
}

/** `repository:NAME:pull,push` covers the same with some of its actions. */
function covers(asked: string, scope: string): boolean {
  const end = (text: string): number => text.lastIndexOf(":") + 1;
  const actions = new Set(asked.slice(end(asked)).split(","));
  const isSameName = asked.slice(0, end(asked)) === scope.slice(0, end(scope));
  return (
    isSameName &&
    scope
      .slice(end(scope))
      .split(",")
      .every((action) => actions.has(action))
  );
}
