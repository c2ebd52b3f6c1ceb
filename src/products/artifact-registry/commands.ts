import type { ArtifactRegistryParts } from "./name.ts";

/** Where a repository of Artifact Registry is or would be. */
export type RepositoryPlace = Pick<ArtifactRegistryParts, "project" | "location" | "apiDomain"> & {
  readonly repository: string;
};

/** The gcloud command that makes the repository. */
export function createCommand(place: RepositoryPlace): string {
  return `gcloud artifacts repositories create ${place.repository} --repository-format=docker ${placeFlags(place)}`;
}

/** The gcloud command that gives somebody a role there; whom it is given to is for the reader to fill in. */
export function bindingCommand(place: RepositoryPlace, role: string): string {
  const binding = `--member=MEMBER --role=${role}`;
  return `gcloud artifacts repositories add-iam-policy-binding ${place.repository} ${placeFlags(place)} ${binding}`;
}

function placeFlags({ project, location, apiDomain }: RepositoryPlace): string {
  const place = `--project=${project} --location=${location}`;
  return apiDomain === "googleapis.com" ? place : `${place} --universe-domain=${apiDomain}`;
}
