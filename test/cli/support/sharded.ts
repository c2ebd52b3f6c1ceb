import type { EmbeddedRegistry } from "../../support/embedded-registry/registry.ts";
import type { TranscriptEntry } from "../../support/embedded-registry/transcript.ts";
import { image, type TestImage } from "../../support/images.ts";
import { randomLayer, tarLayer } from "../../support/layers.ts";

export const FAMILIES = ["a", "b", "c", "d", "e"] as const;
const MEMBERS = [1, 2, 3, 4] as const;
export const TAGS_EACH = 15;
/** As heavy as many requests, so that keeping a family together is worth it. */
const BASE_BYTES = 8 * 1024 * 1024;

/** The 20 repositories: five families of four, with a base layer for each family. */
export const REPOSITORIES: readonly string[] = FAMILIES.flatMap((family) =>
  MEMBERS.map((member) => `${family}/app-${member}`),
);

/** Stores 15 images, and as many tags, in each of the 20 repositories. */
export function fill(source: EmbeddedRegistry): void {
  for (const [number, family] of FAMILIES.entries()) {
    const base = randomLayer({ size: BASE_BYTES, seed: number });
    for (const member of MEMBERS)
      for (let tag = 1; tag <= TAGS_EACH; tag += 1)
        source.putImage(`${family}/app-${member}`, `v${tag}`, imageOf(base, `${family} ${member} ${tag}`));
  }
}

function imageOf(base: ReturnType<typeof randomLayer>, content: string): TestImage {
  return image({ layers: [base, tarLayer({ content })] });
}

/** A manifest that copies all of them. */
export function manifestOf(source: EmbeddedRegistry, target: EmbeddedRegistry, more = ""): string {
  const entries = REPOSITORIES.map(
    (name) =>
      `  - { source: "${source.host}/${name}", target: "${target.host}/${name}", tags: [{ glob: "v*" }]${more} }`,
  );
  return `version: 1
registries: { "${source.host}": { plainHttp: true }, "${target.host}": { plainHttp: true } }
images:
${entries.join("\n")}
`;
}

/** Each tag of a registry with its digest. */
export function contentOf({ store }: EmbeddedRegistry): readonly string[] {
  return store
    .repositories()
    .flatMap((name) => [...store.tags(name)].map(([tag, digest]) => `${name}:${tag} ${digest}`))
    .toSorted();
}

/** The digests of the blobs that were uploaded to a registry, one for each upload. */
export function uploadsTo({ log }: EmbeddedRegistry): readonly string[] {
  const isUpload = ({ method, path, status }: TranscriptEntry): boolean =>
    method === "PUT" && path.includes("/blobs/uploads/") && status === 201;
  return log.filter(isUpload).map(({ query }) => new URLSearchParams(query).get("digest") ?? "none");
}
