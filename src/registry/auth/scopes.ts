import type { Challenge } from "./challenge.ts";

/** More than any registry needs. Bounds the requests if a registry names new scopes every time. */
const MAX_FURTHER_SCOPES = 8;

type Scoped = { readonly registry: { readonly host: string }; readonly scopes: readonly string[] };

/** Remembers scopes that challenges named beyond the usual scopes of a request, so that later requests ask for them immediately. */
export type FurtherScopes = {
  readonly added: <Request extends Scoped>(request: Request) => Request;
  /** Reports whether a challenge names scopes that neither the request nor an earlier challenge had. */
  readonly areMissing: (request: Scoped, challenge: Challenge) => boolean;
  readonly note: (request: Scoped, challenge: Challenge) => void;
};

export function createFurtherScopes(): FurtherScopes {
  const known = new Map<string, readonly string[]>();
  const added: FurtherScopes["added"] = (request) => {
    const further = known.get(keyOf(request)) ?? [];
    return further.length === 0 ? request : { ...request, scopes: [...request.scopes, ...further] };
  };
  return {
    added,
    areMissing: (request, challenge) => missingScopes(added(request), challenge).length > 0,
    note: (request, challenge) => {
      const missing = missingScopes(added(request), challenge);
      if (missing.length === 0) return;
      const further = [...(known.get(keyOf(request)) ?? []), ...missing];
      known.set(keyOf(request), further.slice(-MAX_FURTHER_SCOPES));
    },
  };
}

function missingScopes({ scopes }: Scoped, challenge: Challenge): readonly string[] {
  const named = challenge.scheme === "bearer" ? (challenge.scope ?? "").split(" ").filter((scope) => scope !== "") : [];
  return named.filter((scope) => !scopes.some((asked) => covers(asked, scope)));
}

function keyOf({ registry, scopes }: Scoped): string {
  return [registry.host, ...scopes.toSorted()].join(" ");
}

/** Reports whether the requested scope covers another: `repository:NAME:pull,push` covers any subset of its actions. */
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
