import { randomBytes, randomUUID } from "node:crypto";
import { algorithmOf, digestOf, parseDigest } from "../../../src/model/digest.ts";
import { type Answer, answer, errorAnswer } from "./answer.ts";
import type { Context } from "./context.ts";
import { unknownName } from "./manifests.ts";
import { OPAQUE_UPLOADS } from "./request.ts";
import type { UploadSession } from "./store.ts";

/** OCI distribution-spec, "Pushing Blobs", "Mounting a blob from another repository". */
export function handleUpload(context: Context): Answer {
  const { request, store, repository } = context;
  if (request.reference === undefined) {
    return request.method === "POST"
      ? startUpload(context)
      : errorAnswer(405, "UNSUPPORTED", "the operation is unsupported");
  }
  const id = request.reference;
  const session = store.uploads.get(id);
  if (session === undefined || session.repository !== repository) {
    return errorAnswer(404, "BLOB_UPLOAD_UNKNOWN", "blob upload unknown to registry");
  }
  switch (request.method) {
    case "GET":
      return progress(context, { id, session, status: 204 });
    case "PATCH":
      return patch(context, id, session);
    case "PUT":
      return close(context, id, session);
    case "DELETE":
      store.uploads.delete(id);
      return answer(204);
    default:
      return errorAnswer(405, "UNSUPPORTED", "the operation is unsupported");
  }
}

function startUpload(context: Context): Answer {
  const { request, store, options, repository, body } = context;
  if (options.createOnPush === false && !store.has(repository)) return unknownName(repository);
  const mounted = mount(context);
  if (mounted !== undefined) return mounted;
  const digest = request.query.get("digest");
  if (digest !== null && options.singlePost !== false) return storeBlob(context, digest, body);
  const id = randomUUID();
  const session = { repository, chunks: [] };
  store.uploads.set(id, session);
  return progress(context, { id, session, status: 202 });
}

function mount({ request, store, options, repository }: Context): Answer | undefined {
  const digest = parseDigest(request.query.get("mount") ?? "");
  const from = request.query.get("from");
  if (digest === undefined || from === null || options.mounts === false) return undefined;
  const bytes = store.getBlob(from, digest);
  if (bytes === undefined) return undefined;
  store.putBlob(repository, bytes, algorithmOf(digest));
  return created(repository, digest);
}

function patch(context: Context, id: string, session: UploadSession): Answer {
  const { request, store, options, body } = context;
  const range = request.headers["content-range"];
  if (options.chunkedUploads === false && (range !== undefined || session.chunks.length > 0)) {
    return errorAnswer(400, "UNSUPPORTED", "chunked uploads are not supported");
  }
  const start = range === undefined ? undefined : /^(?:bytes )?(\d+)-\d+$/.exec(range)?.[1];
  if (range !== undefined && Number(start) !== sizeOf(session)) {
    return progress(context, { id, session, status: 416 });
  }
  const grown = { ...session, chunks: [...session.chunks, body] };
  store.uploads.set(id, grown);
  return progress(context, { id, session: grown, status: 202 });
}

function close(context: Context, id: string, session: UploadSession): Answer {
  const { request, store, body } = context;
  const digest = request.query.get("digest");
  if (digest === null) return errorAnswer(400, "DIGEST_INVALID", "digest missing");
  store.uploads.delete(id);
  const bytes = session.chunks.length === 0 ? body : Buffer.concat([...session.chunks, body]);
  return storeBlob(context, digest, bytes);
}

function storeBlob({ store, repository }: Context, text: string, bytes: Uint8Array): Answer {
  const digest = parseDigest(text);
  if (digest === undefined || digestOf(bytes, algorithmOf(digest)) !== digest) {
    return errorAnswer(400, "DIGEST_INVALID", "provided digest did not match uploaded content");
  }
  store.putBlob(repository, bytes, algorithmOf(digest));
  return created(repository, digest);
}

function created(repository: string, digest: string): Answer {
  return answer(201, { location: `/v2/${repository}/blobs/${digest}`, "docker-content-digest": digest });
}

function progress(
  { repository, options, origin }: Context,
  { id, session, status }: { id: string; session: UploadSession; status: number },
): Answer {
  const size = sizeOf(session);
  const path = `/v2/${repository}/blobs/uploads/${id}`;
  const kind = options.uploadLocation ?? "relative";
  const location = {
    relative: () => `${path}?_state=${id}`,
    absolute: () => `${origin}${path}?_state=${id}`,
    opaque: () => `${origin}${OPAQUE_UPLOADS}namespaces/${repository}/uploads/${id}?state=${opaqueState()}`,
  }[kind]();
  return answer(status, { location, range: `0-${Math.max(size - 1, 0)}`, "docker-upload-uuid": id });
}

/** As long as a real one, with characters that a client must not encode again. */
function opaqueState(): string {
  return `${randomBytes(1000).toString("base64url")}%3D%3D&upload=a%2Fb`;
}

function sizeOf({ chunks }: UploadSession): number {
  return chunks.reduce((sum, { length }) => sum + length, 0);
}
