import { responseError } from "../../../http/error.ts";
import type { Cancellable } from "../../../model/ports.ts";
import type { Repository } from "../../../model/reference.ts";
import { field, listField, textField } from "../../api/fields.ts";
import type { ProductTools } from "../../api/product-api.ts";
import { callGoogle, resourceOf } from "./google-api.ts";
import { resourceName } from "./resource.ts";

/** What `repositories.get` tells. `hidden`: it may exist, but we may not look at it. */
export type RepositoryInfo =
  | {
      readonly kind: "found";
      /** proto3 leaves false out, so what is absent is false. */
      readonly immutableTags: boolean;
      /** Undefined or STANDARD_REPOSITORY: one that can be pushed to. */
      readonly mode: string | undefined;
      readonly format: string | undefined;
    }
  | { readonly kind: "absent" }
  | { readonly kind: "hidden" };

/** Asks once in a run for each repository, whichever of its images the question is about. */
export function readRepository(
  repository: Repository,
  tools: ProductTools,
  { signal }: Cancellable,
): Promise<RepositoryInfo> {
  const resource = resourceOf(repository, tools);
  return tools.once(`repositories.get ${resource.apiHost} ${resourceName(resource)}`, async () => {
    const what = "repositories.get";
    const { status, json } = await callGoogle({ repository, expect: [403, 404], what, signal }, tools);
    if (status === 404) return { kind: "absent" };
    if (status === 403) return { kind: "hidden" };
    // a page of a proxy is JSON too, now and then, and what is no repository must not count as one without immutable tags
    if (textField(json, "name") === undefined)
      throw responseError({ what, host: resource.apiHost, status, body: "this is not a repository" });
    return {
      kind: "found",
      immutableTags: field(field(json, "dockerConfig"), "immutableTags") === true,
      mode: textField(json, "mode"),
      format: textField(json, "format"),
    };
  });
}

/** Which of these permissions the access token has there. Asked once in a run for each repository. */
export function testPermission(
  repository: Repository,
  tools: ProductTools,
  { signal, permission }: Cancellable & { readonly permission: string },
): Promise<boolean> {
  const resource = resourceOf(repository, tools);
  return tools.once(`testIamPermissions ${resource.apiHost} ${resourceName(resource)} ${permission}`, async () => {
    const what = "repositories.testIamPermissions";
    const body = { permissions: [permission] };
    const { json } = await callGoogle({ repository, suffix: ":testIamPermissions", body, what, signal }, tools);
    return listField(json, "permissions").includes(permission);
  });
}
