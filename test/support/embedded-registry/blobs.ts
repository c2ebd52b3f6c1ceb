import { parseDigest } from "../../../src/model/digest.ts";
import { type Answer, answer, errorAnswer } from "./answer.ts";
import type { Context } from "./context.ts";

/** OCI distribution-spec, "Pulling blobs", "Deleting Blobs". */
export function handleBlob({ request, store, options, repository }: Context): Answer {
  const digest = parseDigest(request.reference ?? "");
  if (digest === undefined) return errorAnswer(400, "DIGEST_INVALID", "provided digest is no digest");
  const bytes = store.getBlob(repository, digest);
  switch (request.method) {
    case "GET":
    case "HEAD":
      return bytes === undefined ? unknown(digest) : readBlob(bytes, digest, request.headers.range);
    case "DELETE":
      if (options.deletes === false) return errorAnswer(405, "UNSUPPORTED", "the operation is unsupported");
      return store.deleteBlob(repository, digest) ? answer(202) : unknown(digest);
    default:
      return errorAnswer(405, "UNSUPPORTED", "the operation is unsupported");
  }
}

/** Supports a single range. RFC 9110, section 14.2. */
function readBlob(bytes: Uint8Array, digest: string, range: string | undefined): Answer {
  const headers = {
    "content-type": "application/octet-stream",
    "docker-content-digest": digest,
    "accept-ranges": "bytes",
  };
  const match = /^bytes=(\d+)-(\d*)$/.exec(range ?? "");
  if (match?.[1] === undefined) return answer(200, headers, bytes);
  const first = Number(match[1]);
  const last = Math.min(match[2] === "" ? Infinity : Number(match[2]), bytes.length - 1);
  if (first > last) return answer(416, { ...headers, "content-range": `bytes */${bytes.length}` });
  const part = bytes.subarray(first, last + 1);
  return answer(206, { ...headers, "content-range": `bytes ${first}-${last}/${bytes.length}` }, part);
}

function unknown(digest: string): Answer {
  return errorAnswer(404, "BLOB_UNKNOWN", "blob unknown to registry", { digest });
}
