/**
 * Maps domains of Artifact Registry to the domains of their Google Cloud APIs: Google Cloud itself and its sovereign universes. More come
 * from the user's settings, never from images.yaml.
 */
export type Universes = ReadonlyMap<string, string>;

/**
 * Returns a gcloud command for a universe. Outside Google Cloud itself, the universe has to be selected before a login.
 * https://documentation.s3ns.fr/docs/authentication/gcloud
 */
export function gcloudIn(apiDomain: string, command: string): string {
  return apiDomain === "googleapis.com" ? command : `gcloud config set core/universe_domain ${apiDomain} && ${command}`;
}

export const KNOWN_UNIVERSES: Universes = new Map([
  ["pkg.dev", "googleapis.com"],
  ["s3nsregistry.fr", "s3nsapis.fr"],
]);
