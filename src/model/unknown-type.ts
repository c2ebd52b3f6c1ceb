/** Docker's format before 2015. Other types with "manifest.v1" in their name, such as ORAS's artifacts, are not it. */
const SCHEMA_1_TYPES: ReadonlySet<string> = new Set([
  "application/vnd.docker.distribution.manifest.v1+json",
  "application/vnd.docker.distribution.manifest.v1+prettyjws",
]);
/** What old registries served schema 1 as. */
const UNTYPED: ReadonlySet<string> = new Set(["", "application/json"]);

/** Why a manifest of this type is not copied, in words for people. */
export function unknownType(mediaType: string, bytes: Uint8Array): string {
  return SCHEMA_1_TYPES.has(mediaType) || (UNTYPED.has(mediaType) && hasSchemaVersion1(bytes))
    ? "schema 1 manifests are not supported: rebuild or re-push the image with a current tool"
    : `manifests of type "${mediaType}" are not supported`;
}

function hasSchemaVersion1(bytes: Uint8Array): boolean {
  try {
    const json: unknown = JSON.parse(new TextDecoder().decode(bytes));
    return typeof json === "object" && json !== null && "schemaVersion" in json && json.schemaVersion === 1;
  } catch {
    return false;
  }
}
