import { algorithmOf, digestOf, parseDigest } from "../../../src/model/digest.ts";
import { isTag } from "../../../src/model/reference.ts";
import { type Answer, answer, errorAnswer } from "./answer.ts";
import type { Context } from "./context.ts";
import { refuseMove } from "./immutability.ts";
import { readLinks } from "./links.ts";
import type { StoredManifest } from "./store.ts";

const MAX_BYTES = 4 * 1024 * 1024;

/** OCI distribution-spec, "Pulling manifests", "Pushing Manifests", "Deleting Manifests", "Deleting tags". */
export function handleManifest(context: Context): Answer {
  const { request } = context;
  const reference = request.reference ?? "";
  if (!isTag(reference) && parseDigest(reference) === undefined) {
    return reference.includes(":")
      ? errorAnswer(400, "DIGEST_INVALID", "provided digest did not match uploaded content")
      : errorAnswer(400, "TAG_INVALID", "manifest tag did not match URI", { Tag: reference });
  }
  switch (request.method) {
    case "GET":
    case "HEAD":
      return readManifest(context, reference);
    case "PUT":
      return putManifest(context, reference);
    case "DELETE":
      return deleteManifest(context, reference);
    default:
      return errorAnswer(405, "UNSUPPORTED", "the operation is unsupported");
  }
}

function readManifest({ store, repository, request }: Context, reference: string): Answer {
  const manifest = store.getManifest(repository, reference);
  if (manifest === undefined) return unknown(reference);
  const { mediaType, digest, bytes } = manifest;
  if (!accepts(request.headers.accept, mediaType)) {
    return errorAnswer(404, "MANIFEST_UNKNOWN", `the accept header does not support ${mediaType}`);
  }
  return answer(200, { "content-type": mediaType, "docker-content-digest": digest, etag: `"${digest}"` }, bytes);
}

/** Real registries convert or refuse for clients that do not name the type, so a missing Accept is refused here as well. */
function accepts(header: string | undefined, mediaType: string): boolean {
  const types = new Set((header ?? "").split(",").map((part) => part.split(";")[0]?.trim()));
  return types.has(mediaType) || types.has("*/*");
}

function putManifest(context: Context, reference: string): Answer {
  const { store, options, repository, request, body } = context;
  if (options.createOnPush === false && !store.has(repository)) return unknownName(repository);
  if (body.length > MAX_BYTES) return errorAnswer(413, "SIZE_INVALID", "the manifest is larger than 4 MiB");
  const mediaType = request.headers["content-type"]?.split(";")[0]?.trim() ?? "";
  const links = readLinks(mediaType, body);
  if ("problem" in links) return errorAnswer(400, "MANIFEST_INVALID", "manifest invalid", { reason: links.problem });
  const asked = parseDigest(reference);
  const digest = digestOf(body, asked === undefined ? "sha256" : algorithmOf(asked));
  if (asked !== undefined && asked !== digest) {
    return errorAnswer(400, "DIGEST_INVALID", "provided digest did not match uploaded content");
  }
  const missing =
    links.manifests.find((child) => store.getManifest(repository, child) === undefined) ??
    links.blobs.find((child) => store.getBlob(repository, child) === undefined) ??
    links.either.find(
      (child) => store.getManifest(repository, child) === undefined && store.getBlob(repository, child) === undefined,
    );
  if (missing !== undefined) {
    return errorAnswer(400, "MANIFEST_BLOB_UNKNOWN", "blob unknown to registry", { digest: missing });
  }
  const tag = asked === undefined ? reference : undefined;
  const refusal = tag === undefined ? undefined : refuse(context, tag, digest);
  if (refusal !== undefined) return refusal;
  store.putManifest(repository, { mediaType, digest, bytes: body }, tag);
  return answer(201, {
    location: `/v2/${repository}/manifests/${digest}`,
    "docker-content-digest": digest,
    ...(links.subject === undefined || options.referrers === false ? {} : { "oci-subject": links.subject }),
  });
}

function deleteManifest(context: Context, reference: string): Answer {
  const { store, options, repository } = context;
  const isTag = !reference.includes(":");
  if (options.deletes === false || (options.deletes === "by-digest" && isTag))
    return errorAnswer(405, "UNSUPPORTED", "the operation is unsupported");
  const manifest = store.getManifest(repository, reference);
  if (manifest === undefined) return unknown(reference);
  const isDigest = reference.includes(":");
  const tags = isDigest ? tagsOf(context, manifest) : [reference];
  const refusal = tags.map((tag) => refuse(context, tag, undefined)).find((answer) => answer !== undefined);
  if (refusal !== undefined) return refusal;
  if (isDigest) store.deleteManifest(repository, reference);
  else store.deleteTag(repository, reference);
  return answer(202);
}

function tagsOf({ store, repository }: Context, { digest }: StoredManifest): readonly string[] {
  return [...store.tags(repository)].filter(([, target]) => target === digest).map(([tag]) => tag);
}

function refuse({ store, options, repository }: Context, tag: string, next: string | undefined): Answer | undefined {
  return refuseMove(options.immutable, { repository, tag, current: store.tags(repository).get(tag), next });
}

function unknown(reference: string): Answer {
  return errorAnswer(404, "MANIFEST_UNKNOWN", "manifest unknown", { Tag: reference });
}

export function unknownName(repository: string): Answer {
  return errorAnswer(404, "NAME_UNKNOWN", "repository name not known to registry", { name: repository });
}
