import { ImgsyncError } from "../../model/error.ts";

/**
 * Returns all names (`NAME:TAG` and `NAME@DIGEST`) of an image in the output of `crictl inspecti -o json`. The `id` is the digest of the
 * config and does not identify the manifest.
 * @throws ImgsyncError UNSUPPORTED if the output cannot be parsed
 */
export function parseInspecti(text: string): readonly string[] {
  const status = asMap(asMap(parse(text))?.get("status"));
  const tags = status?.get("repoTags");
  const digests = status?.get("repoDigests");
  if (status === undefined || !status.has("id")) {
    throw new ImgsyncError({
      code: "UNSUPPORTED",
      message: "crictl inspecti printed something that is not a description of an image",
      hint: "run it by hand; crictl --version shows whether it is the right program",
    });
  }
  return [...textsIn(tags), ...textsIn(digests)];
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function asMap(value: unknown): ReadonlyMap<string, unknown> | undefined {
  return typeof value === "object" && value !== null && !Array.isArray(value)
    ? new Map(Object.entries(value))
    : undefined;
}

function textsIn(value: unknown): readonly string[] {
  return Array.isArray(value) ? value.filter((text) => typeof text === "string") : [];
}
