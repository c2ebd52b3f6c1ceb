/**
 * Maps domains of Artifact Registry to the domains of their Google Cloud APIs: Google Cloud itself and its sovereign universes. More come
 * from the user's settings, never from images.yaml.
 */
export type Universes = ReadonlyMap<string, string>;

export const KNOWN_UNIVERSES: Universes = new Map([
  ["pkg.dev", "googleapis.com"],
  ["s3nsregistry.fr", "s3nsapis.fr"],
]);
