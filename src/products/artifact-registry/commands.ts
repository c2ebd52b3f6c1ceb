import type { ArtifactRegistryParts } from "./name.ts";

/** The location of an existing or missing Artifact Registry repository. */
export type RepositoryPlace = Pick<ArtifactRegistryParts, "project" | "location" | "apiDomain"> & {
  readonly repository: string;
};

/** Returns the gcloud command that creates the repository. */
export function createCommand(place: RepositoryPlace): string {
  return `gcloud artifacts repositories create ${place.repository} --repository-format=docker ${placeFlags(place)}`;
}

/** Returns the gcloud command that grants a role on the repository. The user fills in MEMBER. */
export function bindingCommand(place: RepositoryPlace, role: string): string {
  const binding = `--member=MEMBER --role=${role}`;
  return `gcloud artifacts repositories add-iam-policy-binding ${place.repository} ${placeFlags(place)} ${binding}`;
}

function placeFlags({ project, location, apiDomain }: RepositoryPlace): string {
  const place = `--project=${project} --location=${location}`;
  return apiDomain === "googleapis.com" ? place : `${place} --universe-domain=${apiDomain}`;
}
