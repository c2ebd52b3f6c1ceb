import { memberOf, textIn } from "./json.ts";
import { defined } from "./defined.ts";
import type { Digest } from "./digest.ts";
import type { ManifestContent } from "./manifest.ts";

/** An entry of a list of referrers: the manifest's descriptor with its own metadata. */
export type ReferrerEntry = {
  readonly mediaType: string;
  readonly digest: Digest;
  readonly size: number;
  readonly artifactType?: string;
  readonly annotations?: Readonly<Record<string, string>>;
};

/** Builds the entry from the manifest itself, never from another registry's list. OCI distribution-spec, "Listing Referrers". */
export function describeReferrer({ bytes, descriptor }: ManifestContent): ReferrerEntry {
  const { mediaType, digest, size } = descriptor;
  const json: unknown = JSON.parse(new TextDecoder().decode(bytes));
  const artifactType =
    textIn(memberOf(json, "artifactType")) ?? textIn(memberOf(memberOf(json, "config"), "mediaType"));
  const annotations = textsIn(memberOf(json, "annotations"));
  return {
    mediaType,
    digest,
    size,
    ...defined({ artifactType, annotations }),
  };
}

function textsIn(json: unknown): Readonly<Record<string, string>> | undefined {
  if (typeof json !== "object" || json === null) return undefined;
  return Object.fromEntries(
    Object.entries(json).filter((pair): pair is [string, string] => typeof pair[1] === "string"),
  );
}
