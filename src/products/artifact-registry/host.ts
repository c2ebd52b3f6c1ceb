import { KNOWN_UNIVERSES, type Universes } from "../universes.ts";

const LOCATION = "[a-z][a-z0-9-]{0,62}";
const CONTAINER_REGISTRY = new Set(["gcr.io", "us.gcr.io", "eu.gcr.io", "asia.gcr.io"]);

/**
 * Reports whether Google credentials may be sent to this host: `LOCATION-docker.DOMAIN`, `docker.LOCATION.rep.DOMAIN` or a gcr.io host,
 * without a port.
 */
export function isArtifactRegistryHost(host: string, universes: Universes = KNOWN_UNIVERSES): boolean {
  return universeOf(host, universes) !== undefined;
}

/** Returns the API domain of a registry host, such as `googleapis.com`, or undefined if the host does not belong to Artifact Registry. */
export function universeOf(host: string, universes: Universes = KNOWN_UNIVERSES): string | undefined {
  if (CONTAINER_REGISTRY.has(host)) return "googleapis.com";
  for (const [domain, api] of universes) {
    if (!host.endsWith(`.${domain}`)) continue;
    const rest = host.slice(0, -(domain.length + 1));
    if (new RegExp(`^(?:${LOCATION}-docker|docker\\.${LOCATION}\\.rep)$`).test(rest)) return api;
  }
  return undefined;
}
