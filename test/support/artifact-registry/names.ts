import { type Answer, errorAnswer } from "../embedded-registry/answer.ts";
import type { ArtifactRegistryOptions, TestRepository } from "./options.ts";
import type { Action } from "./token-service.ts";

/** Returns the repository of the double that contains an image path. */
export function repositoryOf(path: string, repositories: readonly TestRepository[]): TestRepository | undefined {
  return repositories.find(({ name }) => path.startsWith(`${name}/`));
}

/** Returns `projects/P/locations/L/repositories/R`; the project `example.com/app` has the ID `example.com:app`. */
export function resourceOf(path: string, host: string): string {
  const location = /^(.+)-docker\./.exec(host)?.[1] ?? "unknown";
  const parts = path.split("/");
  const isScoped = parts[0]?.includes(".") === true || parts[0] === "s3ns";
  const project = isScoped ? parts.slice(0, 2).join(":") : (parts[0] ?? "");
  return `projects/${project}/locations/${location}/repositories/${parts[isScoped ? 2 : 1] ?? ""}`;
}

const PERMISSIONS: Readonly<Record<Action, string>> = {
  pull: "artifactregistry.repositories.downloadArtifacts",
  push: "artifactregistry.repositories.uploadArtifacts",
  delete: "artifactregistry.repositories.deleteArtifacts",
};

/** The registry's own text, registries.md section 3.2. */
export function deniedAnswer(
  { action, resource }: { readonly action: Action; readonly resource: string },
  isAnonymous: boolean,
): Answer {
  const permission = PERMISSIONS[action];
  const text = isAnonymous
    ? `Unauthenticated request. Unauthenticated requests do not have permission "${permission}" on resource "${resource}" (or it may not exist)`
    : `Permission "${permission}" denied on resource "${resource}" (or it may not exist)`;
  return errorAnswer(403, "DENIED", text);
}

export function unknownRepositoryAnswer(
  path: string,
  action: Action,
  { unknownRepository = "denied" }: Pick<ArtifactRegistryOptions, "unknownRepository">,
  host: string,
): Answer {
  const resource = resourceOf(path, host);
  if (unknownRepository === "denied") return deniedAnswer({ action, resource }, false);
  return errorAnswer(404, "NAME_UNKNOWN", `Repository "${resource.split("/").at(-1) ?? ""}" not found`);
}
