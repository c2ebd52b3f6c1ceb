import type { Digest } from "../../src/model/digest.ts";
import { type Access, fetchOnce, originOf, type Received } from "./http.ts";
import type { TestImage } from "./images.ts";
import type { TestBlob } from "./layers.ts";

/** Pushes an image over HTTP to any registry, the content first and the tag last. Without a tag it is pushed by digest. */
export async function pushImage(
  host: string,
  repository: string,
  tag: string | undefined,
  image: TestImage,
  access: Access = {},
): Promise<Digest> {
  const base = `${originOf(host, access)}/v2/${repository}`;
  for (const child of image.children) await pushImage(host, repository, undefined, child, access);
  for (const blob of image.blobs) await pushBlob(base, blob, access);
  const answer = await fetchOnce(`${base}/manifests/${tag ?? image.digest}`, {
    ...access,
    method: "PUT",
    headers: { "content-type": image.mediaType },
    body: image.bytes,
  });
  expectStatus(answer, 201, `PUT manifest of ${repository}`);
  return image.digest;
}

async function pushBlob(base: string, { descriptor, bytes }: TestBlob, access: Access): Promise<void> {
  const { status } = await fetchOnce(`${base}/blobs/${descriptor.digest}`, { ...access, method: "HEAD" });
  if (status === 200) return;
  const opened = await fetchOnce(`${base}/blobs/uploads/`, { ...access, method: "POST", body: "" });
  expectStatus(opened, 202, `POST ${base}/blobs/uploads/`);
  const location = new URL(opened.headers.location ?? "", base);
  location.searchParams.set("digest", descriptor.digest);
  const stored = await fetchOnce(location.href, {
    ...access,
    method: "PUT",
    headers: { "content-type": "application/octet-stream" },
    body: bytes,
  });
  expectStatus(stored, 201, `PUT blob ${descriptor.digest}`);
}

function expectStatus({ status, text }: Received, wanted: number, what: string): void {
  if (status !== wanted) throw new Error(`${what}: ${status} ${text.slice(0, 500)}`);
}
