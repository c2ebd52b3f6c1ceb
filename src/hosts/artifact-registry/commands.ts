import { type Resource } from "./resource.ts";

/** The role that somebody needs for each kind of work. */
export const ROLES = { read: "roles/artifactregistry.reader", write: "roles/artifactregistry.writer" } as const;

/** The command that makes the repository. */
export function createCommand(resource: Resource): string {
  return `gcloud artifacts repositories create ${resource.repository} --repository-format=docker ${placeFlags(resource)}`;
}

/** The command that gives somebody a role there; whom it is given to is for the reader to fill in. */
export function bindingCommand(resource: Resource, access: keyof typeof ROLES): string {
  const binding = `--member=MEMBER --role=${ROLES[access]}`;
  return `gcloud artifacts repositories add-iam-policy-binding ${resource.repository} ${placeFlags(resource)} ${binding}`;
}

function placeFlags({ project, location, apiHost }: Resource): string {
  const universe = apiHost.slice(apiHost.indexOf(".") + 1);
  const place = `--project=${project} --location=${location}`;
  return universe === "googleapis.com" ? place : `${place} --universe-domain=${universe}`;
}
