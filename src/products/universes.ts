/**
 * Domains of Artifact Registry, each with the domain of its Google Cloud APIs: Google Cloud itself and its sovereign
 * universes. More come from the person's own settings, never from images.yaml.
 */
export type Universes = ReadonlyMap<string, string>;

export const KNOWN_UNIVERSES: Universes = new Map([
  ["pkg.dev", "googleapis.com"],
  ["s3nsregistry.fr", "s3nsapis.fr"],
]);
