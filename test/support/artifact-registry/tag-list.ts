import { MEDIA_TYPES } from "../../../src/model/manifest.ts";
import { type Answer, jsonAnswer } from "../embedded-registry/answer.ts";
import type { RegistryRequest } from "../embedded-registry/request.ts";
import type { ArtifactRegistryOptions } from "./options.ts";
import type { Upstream } from "./upstream.ts";

/** All four manifest types, which every HEAD needs. */
export const ACCEPT = Object.values(MEDIA_TYPES).join(", ");

/** `tags/list` in lexical order, in pages with a Link, and with the `manifest` map that Google's registries add. */
export async function listTags(
  { repository = "", query, path }: RegistryRequest,
  upstream: Upstream,
  { pageSize = Infinity, listsDigests = true }: Pick<ArtifactRegistryOptions, "pageSize" | "listsDigests">,
): Promise<Answer> {
  const listed = await upstream.ask({ method: "GET", path: `/v2/${repository}/tags/list` });
  if (listed.status !== 200) return listed;
  const tags = tagsOf(listed.body).toSorted(compare);
  const last = query.get("last") ?? "";
  const rest = tags.filter((tag) => compare(tag, last) > 0);
  const size = Math.min(query.has("n") ? Number(query.get("n")) : Infinity, pageSize);
  const page = rest.slice(0, size);
  const digests = listsDigests ? { child: [], manifest: await digestMap(repository, page, upstream) } : {};
  const next = new URLSearchParams({ n: String(size), last: page.at(-1) ?? "" });
  const headers = page.length === rest.length ? {} : { link: `<${path}?${next.toString()}>; rel="next"` };
  return jsonAnswer(200, { name: repository, tags: page, ...digests }, headers);
}

type Listed = {
  readonly imageSizeBytes: string;
  readonly layerId: string;
  readonly mediaType: string;
  readonly tag: string[];
  readonly timeCreatedMs: string;
  readonly timeUploadedMs: string;
};

async function digestMap(
  repository: string,
  tags: readonly string[],
  upstream: Upstream,
): Promise<Readonly<Record<string, Listed>>> {
  const found = new Map<string, Listed>();
  for (const tag of tags) {
    const { headers, body } = await upstream.ask({
      method: "GET",
      path: `/v2/${repository}/manifests/${tag}`,
      headers: { accept: ACCEPT },
    });
    const digest = String(headers["docker-content-digest"]);
    const known = found.get(digest);
    if (known !== undefined) known.tag.push(tag);
    else
      found.set(digest, {
        imageSizeBytes: String(sizeOf(body)),
        layerId: "",
        mediaType: String(headers["content-type"]),
        tag: [tag],
        timeCreatedMs: "1704067200000",
        timeUploadedMs: "1704153600000",
      });
  }
  return Object.fromEntries(found);
}

function tagsOf(body: Uint8Array): readonly string[] {
  const json: unknown = JSON.parse(Buffer.from(body).toString("utf8"));
  const tags = typeof json === "object" && json !== null && "tags" in json ? json.tags : [];
  return Array.isArray(tags) ? tags.filter((tag) => typeof tag === "string") : [];
}

function sizeOf(manifest: Uint8Array): number {
  const json: unknown = JSON.parse(Buffer.from(manifest).toString("utf8"));
  if (typeof json !== "object" || json === null) return 0;
  const { config, layers } = json as { config?: unknown; layers?: unknown };
  return [config, ...(Array.isArray(layers) ? layers : [])].reduce<number>(
    (sum, blob) =>
      sum +
      (typeof blob === "object" && blob !== null && "size" in blob && typeof blob.size === "number" ? blob.size : 0),
    0,
  );
}

function compare(one: string, other: string): number {
  return one < other ? -1 : Number(one > other);
}
