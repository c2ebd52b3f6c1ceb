import { RegistryError } from "../http/error.ts";

/** Adds a hint to the error of a registry that refused a manifest with foreign layers. */
export function explainForeignLayers(thrown: unknown): unknown {
  if (!(thrown instanceof RegistryError) || thrown.code !== "REGISTRY_ERROR" || thrown.facts.status === undefined)
    return thrown;
  const hint =
    "the image has foreign layers, which stay at their URLs: the target must allow those URLs (docker-registry: validation.manifests.urls.allow), or the image must be rebuilt without foreign layers";
  return new RegistryError({ ...thrown.details, hint }, thrown.facts, { cause: thrown });
}
