import { memberOf, tryParseJson } from "../model/json.ts";
import type { Descriptor } from "../model/descriptor.ts";
import type { Cancellable } from "../model/ports.ts";
import type { Repository } from "../model/reference.ts";
import type { BlobReader } from "../model/store.ts";
import { LIMITS } from "../http/limits.ts";

/** OCI image-spec config.md and Docker's image configuration. Artifacts have other types and no creation time. */
const CONFIG_TYPES = new Set([
  "application/vnd.oci.image.config.v1+json",
  "application/vnd.docker.container.image.v1+json",
]);
const RFC_3339 = /^(\d{4})-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(?:\.\d{1,9})?(?:Z|[+-]\d{2}:\d{2})$/;

/** Returns `created` of an image's config, or undefined if it has no valid time. */
export async function readCreated(
  blobs: Pick<BlobReader, "open">,
  repository: Repository,
  config: Descriptor,
  { signal }: Cancellable,
): Promise<Date | undefined> {
  if (!CONFIG_TYPES.has(config.mediaType) || config.size > LIMITS.configBytes) return undefined;
  const chunks: Uint8Array[] = [];
  for await (const chunk of await blobs.open(repository, config, { signal })) chunks.push(chunk);
  return parseTime(memberOf(tryParseJson(Buffer.concat(chunks)), "created"));
}

function parseTime(value: unknown): Date | undefined {
  const year = typeof value === "string" ? RFC_3339.exec(value)?.[1] : undefined;
  // Go writes year 1 for the zero time
  if (typeof value !== "string" || year === undefined || year === "0001") return undefined;
  const time = new Date(value);
  return Number.isNaN(time.getTime()) ? undefined : time;
}
