import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { sha256 } from "../files.ts";

const MEDIA_TYPES = {
  index: "application/vnd.oci.image.index.v1+json",
  manifest: "application/vnd.oci.image.manifest.v1+json",
  config: "application/vnd.oci.image.config.v1+json",
  layer: "application/vnd.oci.image.layer.v1.tar+gzip",
} as const;

type Descriptor = { readonly mediaType: string; readonly digest: string; readonly size: number };

/** A layer: its tar archive, and the same compressed. */
export type Layer = { readonly content: Uint8Array; readonly compressed: Uint8Array; readonly createdBy: string };

/** The image for one platform. */
export type PlatformImage = {
  readonly architecture: string;
  readonly layers: readonly Layer[];
  /** The field `config` of the image's configuration. */
  readonly config: object;
};

/** Writes an image for several platforms into a folder, as an OCI image layout with one tag (image-spec, image-layout.md). */
export async function writeLayout(
  folder: string,
  images: readonly PlatformImage[],
  {
    tag,
    created,
    annotations,
  }: { readonly tag: string; readonly created: string; readonly annotations: Readonly<Record<string, string>> },
): Promise<void> {
  await mkdir(join(folder, "blobs", "sha256"), { recursive: true });
  const put = async (mediaType: string, content: Uint8Array): Promise<Descriptor> => {
    const hex = sha256(content);
    await writeFile(join(folder, "blobs", "sha256", hex), content);
    return { mediaType, digest: `sha256:${hex}`, size: content.byteLength };
  };
  const putJson = (mediaType: string, value: object): Promise<Descriptor> =>
    put(mediaType, Buffer.from(JSON.stringify(value)));
  const manifests: object[] = [];
  for (const { architecture, layers, config } of images) {
    const descriptors = await Promise.all(layers.map(({ compressed }) => put(MEDIA_TYPES.layer, compressed)));
    const configuration = await putJson(MEDIA_TYPES.config, {
      created,
      architecture,
      os: "linux",
      config,
      rootfs: { type: "layers", diff_ids: layers.map(({ content }) => `sha256:${sha256(content)}`) },
      history: layers.map(({ createdBy }) => ({ created, created_by: createdBy })),
    });
    const manifest = { config: configuration, layers: descriptors, annotations };
    const descriptor = await putJson(MEDIA_TYPES.manifest, versioned(MEDIA_TYPES.manifest, manifest));
    manifests.push({ ...descriptor, platform: { architecture, os: "linux" } });
  }
  const index = await putJson(MEDIA_TYPES.index, versioned(MEDIA_TYPES.index, { manifests, annotations }));
  const named = { ...index, annotations: { "org.opencontainers.image.ref.name": tag } };
  const layout = versioned(MEDIA_TYPES.index, { manifests: [named] });
  await writeFile(join(folder, "index.json"), `${JSON.stringify(layout)}\n`);
  await writeFile(join(folder, "oci-layout"), `${JSON.stringify({ imageLayoutVersion: "1.0.0" })}\n`);
}

function versioned(mediaType: string, value: object): object {
  return { schemaVersion: 2, mediaType, ...value };
}
