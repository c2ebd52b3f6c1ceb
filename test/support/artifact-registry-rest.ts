import { type IncomingMessage, type ServerResponse } from "node:http";
import { listen } from "./embedded-registry/server.ts";

/** One image as the API lists it. */
export type RestImage = {
  readonly image: string;
  readonly digest: string;
  readonly tags: readonly string[];
  readonly bytes?: number;
  readonly mediaType?: string;
  readonly uploaded?: string;
  readonly updated?: string;
  readonly built?: string;
};

export type RestRepository = {
  readonly immutableTags?: boolean;
  readonly mode?: string;
  readonly format?: string;
  /** The permissions of the token. Default: all. */
  readonly permissions?: readonly string[];
  readonly images?: readonly RestImage[];
};

export type RestOptions = {
  /** By full name: `projects/P/locations/L/repositories/R`. Other repositories are 404. */
  readonly repositories: ReadonlyMap<string, RestRepository>;
  /** The access token, or whether a token is valid. */
  readonly token: string | ((token: string) => boolean);
  /** The `HOST` of the registry, for the URIs of images. */
  readonly registry?: string;
  /** The most images in one answer, whatever the client asks for. */
  readonly pageSize?: number;
};

export type ArtifactRegistryRest = {
  readonly host: string;
  readonly url: string;
  /** `GET /v1/…` for each request, in order. */
  readonly log: readonly string[];
  readonly stop: () => Promise<void>;
};

const EPOCH = "2026-01-02T03:04:05.678901Z";
const GET = "artifactregistry.repositories.get";
const LIST = "artifactregistry.dockerimages.list";

/**
 * The part of Artifact Registry's REST API that imgsync and gcloud use. As in the real API, proto3 JSON omits false and empty
 * values and writes 64-bit numbers as strings, errors have Google's format, and lists are paged.
 */
export async function startArtifactRegistryRest(options: RestOptions): Promise<ArtifactRegistryRest> {
  const log: string[] = [];
  const { host, stop } = await listen(undefined, (message, response) => {
    log.push(`${message.method} ${message.url}`);
    serve(message, response, options).catch(() => response.destroy());
  });
  return { host, url: `http://${host}`, log, stop };
}

async function serve(message: IncomingMessage, response: ServerResponse, options: RestOptions): Promise<void> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of message) chunks.push(chunk as Uint8Array);
  const body = Buffer.concat(chunks).toString("utf8");
  const token = /^Bearer (.+)$/.exec(message.headers.authorization ?? "")?.[1] ?? "";
  if (typeof options.token === "string" ? token !== options.token : !options.token(token))
    return fail(response, 401, "UNAUTHENTICATED", "Request had invalid authentication credentials.");
  const url = new URL(message.url ?? "/", "http://unknown");
  const path = url.pathname.split("/").map(decodeURIComponent).join("/");
  const match =
    /^\/v1\/(projects\/[^/]+\/locations\/[^/]+\/repositories\/[^/:]+)(:testIamPermissions|\/dockerImages)?$/.exec(path);
  const name = match?.[1] ?? "";
  const repository = options.repositories.get(name);
  if (match?.[2] === ":testIamPermissions") return answer(response, granted(repository, JSON.parse(body)));
  if (match === null || repository === undefined)
    return fail(response, 404, "NOT_FOUND", "Requested entity was not found.");
  const wanted = match[2] === "/dockerImages" ? LIST : GET;
  if (repository.permissions !== undefined && !repository.permissions.includes(wanted))
    return fail(
      response,
      403,
      "PERMISSION_DENIED",
      `Permission '${wanted}' denied on resource '//artifactregistry.googleapis.com/${name}' (or it may not exist).`,
    );
  if (match[2] === undefined) return answer(response, describe(name, repository, options));
  return answer(response, page(name, repository, url.searchParams, options));
}

function describe(name: string, { immutableTags, mode, format }: RestRepository, { registry }: RestOptions): object {
  const [, project, , , , id] = name.split("/");
  return {
    name,
    format: format ?? "DOCKER",
    createTime: EPOCH,
    updateTime: EPOCH,
    mode: mode ?? "STANDARD_REPOSITORY",
    // a message that is set is written, even if its only field is false and therefore omitted
    dockerConfig: immutableTags === true ? { immutableTags: true } : {},
    sizeBytes: "123456789",
    vulnerabilityScanningConfig: { enablementState: "SCANNING_DISABLED" },
    ...(registry === undefined ? {} : { registryUri: `${registry}/${project}/${id}` }),
  };
}

function page(name: string, { images = [] }: RestRepository, query: URLSearchParams, options: RestOptions): object {
  const size = Math.min(Number(query.get("pageSize") ?? "100") || 100, options.pageSize ?? 1000);
  const from = Number(query.get("pageToken")?.replace("page-", "") ?? "0");
  const shown = images.slice(from, from + size);
  const next = from + size < images.length ? { nextPageToken: `page-${from + size}` } : {};
  const dockerImages = shown.map((image) => imageOf(image, name, options));
  return { ...(dockerImages.length === 0 ? {} : { dockerImages }), ...next };
}

function imageOf(shown: RestImage, name: string, { registry = "registry.test" }: RestOptions): object {
  const { image, digest, tags, bytes, mediaType, uploaded = EPOCH, updated, built } = shown;
  const [, project, , , , id] = name.split("/");
  return {
    name: `${name}/dockerImages/${encodeURIComponent(image)}@${digest}`,
    uri: `${registry}/${project}/${id}/${image}@${digest}`,
    ...(tags.length === 0 ? {} : { tags }),
    ...(bytes === undefined ? {} : { imageSizeBytes: String(bytes) }),
    uploadTime: uploaded,
    mediaType: mediaType ?? "application/vnd.oci.image.manifest.v1+json",
    ...(built === undefined ? {} : { buildTime: built }),
    updateTime: updated ?? uploaded,
  };
}

/** A missing repository grants nothing, which is not an error. */
function granted(repository: RestRepository | undefined, body: { readonly permissions: readonly string[] }): object {
  const permissions = body.permissions.filter(
    (one) => repository !== undefined && (repository.permissions?.includes(one) ?? true),
  );
  return permissions.length === 0 ? {} : { permissions };
}

function answer(response: ServerResponse, json: object, status = 200): void {
  response.writeHead(status, { "content-type": "application/json; charset=UTF-8" });
  response.end(JSON.stringify(json, undefined, 2));
}

function fail(response: ServerResponse, code: number, status: string, message: string): void {
  answer(response, { error: { code, message, status } }, code);
}
