import { digestTag } from "../../model/attachment.ts";
import { defined } from "../../model/defined.ts";
import type { Descriptor } from "../../model/descriptor.ts";
import { type Digest, parseDigest } from "../../model/digest.ts";
import { ImgsyncError } from "../../model/error.ts";
import { childrenOf, type ManifestContent, MEDIA_TYPES, parseManifest } from "../../model/manifest.ts";
import type { Cancellable } from "../../model/ports.ts";
import { formatReference, isTag, type Repository } from "../../model/reference.ts";
import { describeReferrer, type ReferrerEntry } from "../../model/referrer-entry.ts";
import type { Store } from "../../model/store.ts";

export type Answer = {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | number>>;
} & ({ readonly body: Uint8Array } | { readonly open: () => Promise<AsyncIterable<Uint8Array>> });

type InMemory = Extract<Answer, { readonly body: Uint8Array }>;

/** Answers a GET or HEAD of this path. */
export type Answers = (path: string, options: Cancellable) => Promise<Answer>;

/**
 * The reading part of the distribution protocol for one repository of a store: manifests, blobs, tags and referrers. Whatever the store
 * cannot read is an error and never an absence. OCI distribution-spec, "Endpoints".
 * @throws ImgsyncError the store's
 */
export function createAnswers(
  { reader, manifests, blobs }: Store,
  { repository, name }: { readonly repository: Repository; readonly name: string },
): Answers {
  const prefix = `/v2/${name}/`;
  // a store opens a blob only with its size, which the manifests have
  const described = new Map<Digest, Descriptor>();

  const readTagged = async (tag: string, how: Cancellable): Promise<ManifestContent | undefined> => {
    const found = await manifests.resolve({ repository, tag }, how);
    return found && readListed(found.digest, how);
  };
  const readListed = async (digest: Digest, how: Cancellable): Promise<ManifestContent> => {
    const content = await manifests.read({ repository, digest }, how);
    if (content === undefined) throw missing(repository, digest);
    return content;
  };

  const manifest = async (name: string, how: Cancellable): Promise<Answer> => {
    const digest = parseDigest(name);
    if (digest === undefined && !isTag(name)) return problem(400, "MANIFEST_INVALID", "not a tag or digest");
    const content =
      digest === undefined ? await readTagged(name, how) : await manifests.read({ repository, digest }, how);
    if (content === undefined) return problem(404, "MANIFEST_UNKNOWN", "no such manifest");
    for (const child of childrenOf(parseManifest(content))) described.set(child.digest, child);
    return { ...headersOf(content.descriptor), body: content.bytes };
  };
  const blob = async (text: string, how: Cancellable): Promise<Answer> => {
    const digest = parseDigest(text);
    const descriptor = digest && described.get(digest);
    if (descriptor === undefined) return problem(404, "BLOB_UNKNOWN", "no manifest that was read refers to this blob");
    if ((await blobs.look(repository, descriptor.digest, how)) === "absent")
      throw missing(repository, descriptor.digest);
    return {
      ...headersOf({ ...descriptor, mediaType: BYTES }),
      open: () => blobs.open(repository, descriptor, how),
    };
  };
  const tags = async (how: Cancellable): Promise<Answer> => {
    const list = await reader.listTags(repository, how);
    return list === undefined ? problem(404, "NAME_UNKNOWN", "no such repository") : json({ name, tags: list.tags });
  };
  const referrers = async (text: string, how: Cancellable): Promise<Answer> => {
    const digest = parseDigest(text);
    if (digest === undefined) return problem(400, "DIGEST_INVALID", "not a digest");
    const entries = new Map<Digest, ReferrerEntry>();
    for (const { digest: one } of (await reader.listReferrers({ repository, digest }, how)) ?? [])
      entries.set(one, describeReferrer(await readListed(one, how)));
    // clients look at this tag only if a registry has no list
    const tagged = await readTagged(digestTag(digest), how);
    for (const entry of tagged === undefined ? [] : listedIn(tagged))
      if (!entries.has(entry.digest)) entries.set(entry.digest, entry);
    return json({ schemaVersion: 2, mediaType: MEDIA_TYPES.ociIndex, manifests: [...entries.values()] }, INDEX);
  };

  return async (path, how) => {
    if (path === "/v2/" || path === "/v2") return json({});
    const [kind, last = "", ...more] = path.startsWith(prefix) ? path.slice(prefix.length).split("/") : [];
    if (more.length > 0) return NOT_FOUND;
    if (kind === "manifests") return manifest(last, how);
    if (kind === "blobs") return blob(last, how);
    if (kind === "tags" && last === "list") return tags(how);
    return kind === "referrers" ? referrers(last, how) : NOT_FOUND;
  };
}

const BYTES = "application/octet-stream";
const INDEX = { "content-type": MEDIA_TYPES.ociIndex };
const NOT_FOUND = problem(404, "NAME_UNKNOWN", "nothing is served here");

/** An error as registries send it. OCI distribution-spec, "Error Codes". */
export function problem(status: number, code: string, message: string, headers: Answer["headers"] = {}): InMemory {
  return { ...json({ errors: [{ code, message }] }, headers), status };
}

function json(value: unknown, headers: Answer["headers"] = {}): InMemory {
  const body = new TextEncoder().encode(JSON.stringify(value));
  return {
    status: 200,
    headers: { "content-type": "application/json", ...headers, "content-length": body.length },
    body,
  };
}

function headersOf({ mediaType, digest, size }: Descriptor): Pick<Answer, "status" | "headers"> {
  return {
    status: 200,
    headers: { "content-type": mediaType, "content-length": size, "docker-content-digest": digest },
  };
}

/** The entries of the index that replaces the list. OCI distribution-spec, "Referrers Tag Schema". */
function listedIn(content: ManifestContent): readonly ReferrerEntry[] {
  const manifest = parseManifest(content);
  return manifest.kind === "index" ? manifest.manifests.map(toEntry) : [];
}

function toEntry({ mediaType, digest, size, artifactType, annotations }: Descriptor): ReferrerEntry {
  const written = annotations && Object.fromEntries(annotations);
  return { mediaType, digest, size, ...defined({ artifactType, annotations: written }) };
}

function missing(repository: Repository, digest: Digest): ImgsyncError {
  return new ImgsyncError({
    code: "CONTENT_MISSING",
    reference: formatReference({ repository, digest }),
    message: `${formatReference({ repository, digest })} is not there, although something there refers to it`,
    hint: "the image or its signature is incomplete: write it there again",
  });
}
