import { ImgsyncError } from "../../../model/error.ts";
import type { Cancellable } from "../../../model/ports.ts";
import type { Repository } from "../../../model/reference.ts";
import type { ApiAnswer } from "../../../http/api.ts";
import type { ProductTools } from "../../api/product-api.ts";
import { adviceOf } from "../../credential-advice.ts";
import { parseResource, type Resource, resourcePath } from "./resource.ts";
import { defined } from "../../../model/defined.ts";

/** One API call about a repository, with the user's access token. */
export type GoogleCall = Cancellable & {
  readonly repository: Repository;
  /** Appended to the repository's path: `:testIamPermissions`, `/dockerImages?pageSize=1000`. */
  readonly suffix?: string;
  readonly body?: unknown;
  readonly expect?: readonly number[];
  readonly what: string;
};

/**
 * Calls the API of the host's universe.
 * @throws ImgsyncError CREDENTIALS_FAILED if there is no access token, and what the API client throws
 */
export async function callGoogle(
  { repository, suffix = "", body, expect, what, signal }: GoogleCall,
  tools: ProductTools,
): Promise<ApiAnswer> {
  const resource = resourceOf(repository, tools);
  const access = await tools.accessTokens.find(repository, { signal });
  if (access === undefined) throw await noToken(resource, repository, tools, { signal });
  return tools.api.request({
    api: tools.apiSettings(repository.host, resource.apiHost),
    method: body === undefined ? "GET" : "POST",
    path: `${resourcePath(resource)}${suffix}`,
    authorization: `Bearer ${access.token.reveal()}`,
    ...defined({ body: body === undefined ? undefined : JSON.stringify(body), expect }),
    what,
    signal,
  });
}

/** @throws ImgsyncError TARGET_NOT_FOUND for a path that is not a valid repository */
export function resourceOf(repository: Repository, { universes }: ProductTools): Resource {
  const resource = parseResource(repository, universes);
  if (resource !== undefined) return resource;
  throw new ImgsyncError({
    code: "TARGET_NOT_FOUND",
    message: `"${repository.path}" names no repository at ${repository.host}`,
    hint: `write ${repository.host}/PROJECT/REPOSITORY/IMAGE`,
  });
}

async function noToken(
  { host, apiHost }: Resource,
  repository: Repository,
  { credentials }: ProductTools,
  options: Cancellable,
): Promise<ImgsyncError> {
  const credential = await credentials.find(repository, options);
  if (credential === undefined) {
    return new ImgsyncError({
      code: "CREDENTIALS_FAILED",
      message: `${apiHost} needs an access token, and there are no credentials for ${host}`,
      hint: adviceOf(credentials, repository, undefined),
    });
  }
  return new ImgsyncError({
    code: "CREDENTIALS_FAILED",
    message: `the credentials for ${host}, from ${credential.origin}, are not an access token, which ${apiHost} requires`,
    hint: `set auth: { gcloud: true } for ${host}, or run imgsync auth configure ${host}`,
  });
}
