import { responseError } from "../../../http/error.ts";
import type { Cancellable } from "../../../model/ports.ts";
import type { Repository } from "../../../model/reference.ts";
import { listField, textField } from "../../api/fields.ts";
import { memberOf } from "../../../model/json.ts";
import type { ProductTools } from "../../api/product-api.ts";
import { callGoogle, resourceOf } from "./google-api.ts";
import { resourceName } from "./resource.ts";

/** The result of `repositories.get`. `hidden`: it may exist, but access is denied. */
export type RepositoryInfo =
  | {
      readonly kind: "found";
      /** proto3 omits false, so a missing field is false. */
      readonly immutableTags: boolean;
      /** Undefined or STANDARD_REPOSITORY if it accepts pushes. */
      readonly mode: string | undefined;
      readonly format: string | undefined;
    }
  | { readonly kind: "absent" }
  | { readonly kind: "hidden" };

/** Queries each repository once per run, for all its images. */
export function readRepository(
  repository: Repository,
  tools: ProductTools,
  cancellable: Cancellable,
): Promise<RepositoryInfo> {
  const resource = resourceOf(repository, tools);
  const key = `repositories.get ${resource.apiHost} ${resourceName(resource)}`;
  return tools.once(key, cancellable.signal, async (signal): Promise<RepositoryInfo> => {
    const what = "repositories.get";
    const { status, json } = await callGoogle({ repository, expect: [403, 404], what, signal }, tools);
    if (status === 404) return { kind: "absent" };
    if (status === 403) return { kind: "hidden" };
    // a proxy's page may be JSON too, and must not count as a repository without immutable tags
    if (textField(json, "name") === undefined)
      throw responseError({ what, host: resource.apiHost, status, body: "this is not a repository" });
    return {
      kind: "found",
      immutableTags: memberOf(memberOf(json, "dockerConfig"), "immutableTags") === true,
      mode: textField(json, "mode"),
      format: textField(json, "format"),
    };
  });
}

/** Reports whether the access token has this permission on the repository. Queried once per run and repository. */
export function testPermission(
  repository: Repository,
  tools: ProductTools,
  { permission, ...cancellable }: Cancellable & { readonly permission: string },
): Promise<boolean> {
  const resource = resourceOf(repository, tools);
  const key = `testIamPermissions ${resource.apiHost} ${resourceName(resource)} ${permission}`;
  return tools.once(key, cancellable.signal, async (signal) => {
    const what = "repositories.testIamPermissions";
    const body = { permissions: [permission] };
    const { json } = await callGoogle({ repository, suffix: ":testIamPermissions", body, what, signal }, tools);
    return listField(json, "permissions").includes(permission);
  });
}
