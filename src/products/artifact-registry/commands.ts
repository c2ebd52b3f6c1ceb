import { type Credential, isTokenUser } from "../../model/credential.ts";
import { gcloudIn } from "../universes.ts";
import type { ArtifactRegistryParts } from "./name.ts";

/** The location of an existing or missing Artifact Registry repository. */
export type RepositoryPlace = Pick<ArtifactRegistryParts, "project" | "location" | "apiDomain"> & {
  readonly repository: string;
};

/** Returns the gcloud command that creates the repository. */
export function createCommand(place: RepositoryPlace): string {
  return `gcloud artifacts repositories create ${place.repository} --repository-format=docker ${placeFlags(place)}`;
}

/** Returns how to log in to a host of the universe, on a machine of a person and on one of the cloud. */
export function loginCommand(host: string, apiDomain: string): string {
  const commands = `${gcloudIn(apiDomain, "gcloud auth login")} && imgsync auth configure ${host}`;
  return `${commands}; on a VM or node of that cloud, set auth: { metadata: true } for the host instead`;
}

/** The user name of docker-credential-gcloud, which returns the token of whichever account is active. */
const GCLOUD_HELPER_USER = "_dcgcloud_token";

/**
 * Returns how to replace a refused access token, or undefined for other credentials, and for tokens that their source renews. registries.md
 * section 3.2
 */
export function newToken(host: string, refused: Credential, apiDomain: string): string | undefined {
  if (refused.kind !== "basic" || !isTokenUser(refused.username)) return undefined;
  const { kept, username, isRenewed = false } = refused;
  if (isRenewed) {
    return username === GCLOUD_HELPER_USER
      ? `log in again: run ${gcloudIn(apiDomain, "gcloud auth login")}`
      : undefined;
  }
  const print = "gcloud auth print-access-token";
  const command =
    kept === undefined
      ? print
      : kept.kind === "variable"
        ? `export ${kept.name}="$(${print})"`
        : `${print} | ${kept.program} login -u oauth2accesstoken --password-stdin https://${host}`;
  return `access tokens live 60 minutes; for a new one run ${gcloudIn(apiDomain, command)}`;
}

/** Files and tokens name accounts, and people paste commands into a shell. */
const EMAIL = /^[\w.+-]+@[\w.-]+$/;

/** Returns the gcloud command that grants a role on the repository. If the account is unknown, the user fills in MEMBER. */
export function bindingCommand(place: RepositoryPlace, role: string, account = ""): string {
  const binding = `--member=${EMAIL.test(account) ? memberOf(account) : "MEMBER"} --role=${role}`;
  return `gcloud artifacts repositories add-iam-policy-binding ${place.repository} ${placeFlags(place)} ${binding}`;
}

/** Returns the gcloud command that shows which repositories there are. */
export function listCommand(place: RepositoryPlace): string {
  return `gcloud artifacts repositories list ${placeFlags(place)}`;
}

/** Returns the account as IAM names it: `serviceAccount:NAME@PROJECT.iam.gserviceaccount.com`. */
function memberOf(account: string): string {
  return `${account.endsWith("gserviceaccount.com") ? "serviceAccount" : "user"}:${account}`;
}

function placeFlags({ project, location, apiDomain }: RepositoryPlace): string {
  const place = `--project=${project} --location=${location}`;
  return apiDomain === "googleapis.com" ? place : `${place} --universe-domain=${apiDomain}`;
}
