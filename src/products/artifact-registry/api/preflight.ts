import { bindingCommand, createCommand, listCommand } from "../commands.ts";
import type { Finding, Preflight, RepositoryAccess } from "../../../model/preflight.ts";
import type { ProductApi } from "../../api/product-api.ts";
import { resourceOf } from "./google-api.ts";
import { readRepository, type RepositoryInfo, testPermission } from "./repository.ts";
import type { Resource } from "./resource.ts";
import { defined } from "../../../model/defined.ts";

const PERMISSIONS: Readonly<Record<RepositoryAccess, string>> = {
  read: "artifactregistry.repositories.downloadArtifacts",
  write: "artifactregistry.repositories.uploadArtifacts",
};
/** The required role for each kind of access. */
const ROLES = { read: "roles/artifactregistry.reader", write: "roles/artifactregistry.writer" } as const;
/** The page "Pushing and pulling images" says 5 TB. A TiB is more, and the registry would refuse the difference after hours. */
const MAX_IMAGE_BYTES = 5 * 1000 ** 4;

/** Checks that the repository exists, that its format and mode allow the access, and that the credentials do. */
export const preflight: NonNullable<ProductApi["preflight"]> = async (
  repository,
  tools,
  { access, signal },
): Promise<Preflight> => {
  const resource = resourceOf(repository, tools);
  const [info, permission] = await Promise.allSettled([
    readRepository(repository, tools, { signal }),
    testPermission(repository, tools, { permission: PERMISSIONS[access], signal }),
  ]);
  signal.throwIfAborted();
  if (info.status === "rejected" && permission.status === "rejected") throw info.reason;
  const known = info.status === "fulfilled" ? kindFindings(info.value, resource, access) : [];
  const may = permission.status === "fulfilled" ? permission.value : undefined;
  // the same credentials have just been found, so this sends nothing
  const account = may === false ? (await tools.accessTokens.find(repository, { signal }))?.account : undefined;
  const findings = known.length > 0 ? known : accessFindings(may, resource, { access, account });
  return { findings, ...defined({ maxImageBytes: access === "write" ? MAX_IMAGE_BYTES : undefined }) };
};

function kindFindings(info: RepositoryInfo, resource: Resource, access: RepositoryAccess): readonly Finding[] {
  if (info.kind === "hidden") return [];
  if (info.kind === "absent") {
    const message = `the repository ${resource.path} does not exist in ${resource.location}`;
    return access === "write"
      ? [{ severity: "error", code: "TARGET_NOT_FOUND", message, hint: createCommand(resource) }]
      : [{ severity: "error", code: "SOURCE_NOT_FOUND", message, hint: `check the name: ${listCommand(resource)}` }];
  }
  const { mode = "STANDARD_REPOSITORY", format = "DOCKER" } = info;
  if (format !== "DOCKER") {
    const message = `the repository ${resource.path} has the format ${format}, not DOCKER`;
    return [{ severity: "error", code: "UNSUPPORTED", message, hint: "name a repository of container images" }];
  }
  if (access === "read" || (mode !== "REMOTE_REPOSITORY" && mode !== "VIRTUAL_REPOSITORY")) return [];
  const kind = mode === "REMOTE_REPOSITORY" ? "remote" : "virtual";
  const message = `${resource.path} is a ${kind} repository, which nothing can be pushed to`;
  const hint = "name a standard repository; a virtual one may have it as an upstream";
  return [{ severity: "error", code: "UNSUPPORTED", message, hint }];
}

function accessFindings(
  may: boolean | undefined,
  resource: Resource,
  { access, account }: { readonly access: RepositoryAccess; readonly account: string | undefined },
): readonly Finding[] {
  if (may === true) return [];
  const work = access === "write" ? "push to" : "pull from";
  if (may === undefined) {
    const message = `could not determine whether these credentials may ${work} ${resource.path}`;
    return [{ severity: "warning", code: "DENIED", message }];
  }
  const message = `these credentials may not ${work} ${resource.path}, or it does not exist; ${ROLES[access]} is needed`;
  return [{ severity: "error", code: "DENIED", message, hint: bindingCommand(resource, ROLES[access], account) }];
}
