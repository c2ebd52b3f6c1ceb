import { randomBytes } from "node:crypto";
import { type Answer, errorAnswer, jsonAnswer } from "../embedded-registry/answer.ts";
import type { RegistryRequest } from "../embedded-registry/request.ts";
import type { ArtifactRegistryOptions, TestUser } from "./options.ts";
import { logIn } from "./users.ts";

export type Action = "pull" | "push" | "delete";

/** `REPOSITORY:ACTION` */
export type Mapping = { readonly repository: string; readonly action: Action };

export type TokenCheck =
  | { readonly kind: "granted" }
  /** The token is missing, has expired or lacks a scope. */
  | { readonly kind: "challenge"; readonly error?: "invalid_token" | "insufficient_scope" }
  /** The user lacks the permission. */
  | { readonly kind: "denied"; readonly isAnonymous: boolean; readonly mapping: Mapping };

export type TokenService = {
  readonly answer: (request: RegistryRequest) => Answer;
  readonly check: (header: string | undefined, mappings: readonly Mapping[]) => TokenCheck;
};

type Grant = { readonly user: TestUser | undefined; readonly scopes: ReadonlySet<string>; readonly expires: number };

const ACTIONS: readonly Action[] = ["pull", "push", "delete"];

/** `/v2/token` of Artifact Registry: GET only, with the user names of registries.md section 3.2. */
export function createTokenService({
  users,
  now = Date.now,
  tokenSeconds = 3600,
}: Pick<ArtifactRegistryOptions, "users" | "now" | "tokenSeconds">): TokenService {
  const grants = new Map<string, Grant>();
  return {
    answer: (request) => {
      if (request.method !== "GET") return errorAnswer(404, "NOT_FOUND", "there is no such page");
      const login = logIn(request.headers.authorization, users, now());
      if (login.kind === "refused") return errorAnswer(401, "UNAUTHORIZED", "authentication failed");
      const user = login.kind === "user" ? login.user : undefined;
      const end = user?.kind === "access-token" ? user.expiresAt : undefined;
      const left = end === undefined ? Infinity : Math.floor((end - now()) / 1000);
      const seconds = Math.min(tokenSeconds, left);
      const token = randomBytes(24).toString("base64url");
      const scopes = new Set(request.query.getAll("scope").flatMap((scope) => rightsIn(scope)));
      grants.set(token, { user, scopes, expires: now() + seconds * 1000 });
      return jsonAnswer(200, { token, access_token: token, expires_in: seconds });
    },
    check: (header, mappings) => {
      const token = /^Bearer (.+)$/i.exec(header ?? "")?.[1];
      if (token === undefined) return { kind: "challenge" };
      const grant = grants.get(token);
      if (grant === undefined || grant.expires <= now()) return { kind: "challenge", error: "invalid_token" };
      if (!mappings.every((mapping) => grant.scopes.has(rightOf(mapping))))
        return { kind: "challenge", error: "insufficient_scope" };
      const denied = mappings.find(({ action }) => !mayDo(grant.user, action));
      if (denied === undefined) return { kind: "granted" };
      return { kind: "denied", isAnonymous: grant.user === undefined, mapping: denied };
    },
  };
}

function mayDo(user: TestUser | undefined, action: Action): boolean {
  return user !== undefined && (action === "pull" || user.role === "writer");
}

function rightsIn(scope: string): readonly string[] {
  return scope.split(" ").flatMap((one) => {
    const [, repository, list = ""] = /^repository:(.+):([a-z,*]+)$/.exec(one) ?? [];
    if (repository === undefined) return [];
    const actions = list.split(",");
    return ACTIONS.filter((action) => actions.includes(action) || actions.includes("*")).map((action) =>
      rightOf({ repository, action }),
    );
  });
}

function rightOf({ repository, action }: Mapping): string {
  return `${repository}:${action}`;
}
