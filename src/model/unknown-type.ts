import { memberOf, tryParseJson } from "./json.ts";

/** Docker's format before 2015. Other types with "manifest.v1" in their name, such as ORAS artifacts, are not schema 1. */
const SCHEMA_1_TYPES: ReadonlySet<string> = new Set([
  "application/vnd.docker.distribution.manifest.v1+json",
  "application/vnd.docker.distribution.manifest.v1+prettyjws",
]);
/** The types with which old registries served schema 1. */
const UNTYPED: ReadonlySet<string> = new Set(["", "application/json"]);

/** Explains why a manifest of this type is not copied. */
export function unknownType(mediaType: string, bytes: Uint8Array): string {
  return SCHEMA_1_TYPES.has(mediaType) ||
    (UNTYPED.has(mediaType) && memberOf(tryParseJson(bytes), "schemaVersion") === 1)
    ? "schema 1 manifests are not supported: rebuild or re-push the image with a current tool"
    : `manifests of type "${mediaType}" are not supported`;
}
