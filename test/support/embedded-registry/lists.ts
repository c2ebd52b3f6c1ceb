import { parseDigest } from "../../../src/model/digest.ts";
import { MEDIA_TYPES } from "../../../src/model/manifest.ts";
import { type Answer, answer, errorAnswer, jsonAnswer } from "./answer.ts";
import type { Context } from "./context.ts";
import { readLinks } from "./links.ts";
import { unknownName } from "./manifests.ts";
import type { StoredManifest } from "./store.ts";

/** OCI distribution-spec, "Listing Tags". In lexical order and in pages. */
export function handleTags(context: Context): Answer {
  const { request, store, options, repository } = context;
  if (request.method !== "GET") return errorAnswer(405, "UNSUPPORTED", "the operation is unsupported");
  if (!store.has(repository)) return unknownName(repository);
  const { page, headers } = paged(context, [...store.tags(repository).keys()].toSorted(compare));
  const manifest = options.tagDigests === true ? { manifest: digestMap(context, page) } : {};
  return jsonAnswer(200, { name: repository, tags: page, ...manifest }, headers);
}

/** OCI distribution-spec, "Listing Referrers". */
export function handleReferrers(context: Context): Answer {
  const { request, store, options, repository } = context;
  if (options.referrers === false) return answer(404, { "content-type": "text/plain" });
  const subject = parseDigest(request.reference ?? "");
  if (subject === undefined) return errorAnswer(400, "DIGEST_INVALID", "provided digest is no digest");
  const type = request.query.get("artifactType");
  const found = store
    .manifests(repository)
    .filter(({ mediaType, bytes }) => {
      const links = readLinks(mediaType, bytes);
      return "subject" in links && links.subject === subject;
    })
    .map(describe);
  const chosen = type === null ? found : found.filter(({ artifactType }) => artifactType === type);
  const byDigest = new Map(chosen.map((descriptor) => [descriptor.digest, descriptor]));
  const { page, headers } = paged(context, [...byDigest.keys()].toSorted(compare));
  const index = {
    schemaVersion: 2,
    mediaType: MEDIA_TYPES.ociIndex,
    manifests: page.map((digest) => byDigest.get(digest)),
  };
  const filters: Answer["headers"] = type === null ? {} : { "oci-filters-applied": "artifactType" };
  return jsonAnswer(200, index, { ...headers, ...filters, "content-type": MEDIA_TYPES.ociIndex });
}

function paged<T extends string>(
  { request, options, origin }: Context,
  all: readonly T[],
): { readonly page: readonly T[]; readonly headers: Answer["headers"] } {
  const { query, path } = request;
  const last = query.get("last");
  const rest = last === null ? all : all.filter((item) => compare(item, last) > 0);
  const asked = query.has("n") ? Number(query.get("n")) : Infinity;
  const size = Math.min(asked, options.pageSize ?? Infinity);
  const page = rest.slice(0, size);
  const end = page.at(-1);
  if (end === undefined || page.length === rest.length) return { page, headers: {} };
  const next = new URLSearchParams(query);
  next.set("last", end);
  next.set("n", String(size));
  const start = options.absoluteLinks === true ? origin : "";
  return { page, headers: { link: `<${start}${path}?${next.toString()}>; rel="next"` } };
}

/** Returns what Google's registries add to the list: `"sha256:…": { tag: […] }`, with numbers as strings. An index has no time. */
function digestMap({ store, options, repository }: Context, page: readonly string[]): Record<string, unknown> {
  const tags = [...store.tags(repository)].filter(([tag]) => page.includes(tag));
  const entries = store.manifests(repository).map((manifest) => [
    manifest.digest,
    {
      imageSizeBytes: String(imageSize(manifest)),
      layerId: "",
      mediaType: manifest.mediaType,
      tag: tags.filter(([, target]) => target === manifest.digest).map(([tag]) => tag),
      timeCreatedMs: createdMs(store.getBlob(repository, configDigest(manifest))),
      timeUploadedMs: String(options.uploadedMs?.(manifest.digest) ?? 0),
    },
  ]);
  return Object.fromEntries(entries);
}

function imageSize({ bytes }: StoredManifest): number {
  const json = parse(bytes);
  const layers = member(json, "layers");
  const sizes = [member(json, "config"), ...(Array.isArray(layers) ? layers : [])].map((blob) => member(blob, "size"));
  return sizes.reduce<number>((sum, size) => sum + (typeof size === "number" ? size : 0), 0);
}

function configDigest({ bytes }: StoredManifest): string {
  return text(member(member(parse(bytes), "config"), "digest")) ?? "";
}

function createdMs(config: Uint8Array | undefined): string {
  const created = config === undefined ? undefined : text(member(parse(config), "created"));
  return created === undefined ? "0" : String(Date.parse(created));
}

function parse(bytes: Uint8Array): unknown {
  return JSON.parse(Buffer.from(bytes).toString("utf8"));
}

type Described = {
  readonly mediaType: string;
  readonly digest: string;
  readonly size: number;
  readonly artifactType: string | undefined;
  readonly annotations: unknown;
};

function describe({ mediaType, digest, bytes }: StoredManifest): Described {
  const json = parse(bytes);
  const artifactType = text(member(json, "artifactType")) ?? text(member(member(json, "config"), "mediaType"));
  return { mediaType, digest, size: bytes.length, artifactType, annotations: member(json, "annotations") };
}

function member(json: unknown, key: string): unknown {
  return typeof json === "object" && json !== null
    ? Object.entries(json).find(([name]) => name === key)?.[1]
    : undefined;
}

function text(value: unknown): string | undefined {
  return typeof value === "string" ? value : undefined;
}

function compare(one: string, other: string): number {
  return one < other ? -1 : Number(one > other);
}
