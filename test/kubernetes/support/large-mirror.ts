import type { EmbeddedRegistry } from "../../support/embedded-registry/registry.ts";
import { image } from "../../support/images.ts";
import { randomLayer, tarLayer } from "../../support/layers.ts";

const FAMILIES = 32;
const MEMBERS = 4;
const TAGS_EACH = 78;
const BASE_BYTES = 20_000;

/** The repository of plans in the target. */
export const PLANS = "imgsync/plans";
export const ALL_TAGS = 10_000;

/** Stores 10,000 images, each with a tag, in 128 repositories, of which four at a time share a base layer. Returns their names. */
export function fillSource(source: EmbeddedRegistry): readonly string[] {
  const left = ALL_TAGS - FAMILIES * MEMBERS * TAGS_EACH;
  const names: string[] = [];
  for (let family = 0; family < FAMILIES; family += 1) {
    const base = randomLayer({ size: BASE_BYTES, seed: family });
    for (let member = 0; member < MEMBERS; member += 1) {
      const name = `family-${family}/app-${member}`;
      const tags = TAGS_EACH + (member === 0 && family < left ? 1 : 0);
      for (let tag = 0; tag < tags; tag += 1)
        source.putImage(name, `v${tag}`, image({ layers: [base, tarLayer({ content: `${name}:${tag}` })] }));
      names.push(name);
    }
  }
  return names;
}

/** A manifest that copies all tags of the repositories. */
export function mirrorManifest(source: EmbeddedRegistry, target: EmbeddedRegistry, names: readonly string[]): string {
  const entries = names.map(
    (name) => `  - { source: "${source.host}/${name}", target: "${target.host}/${name}", tags: [{ glob: "v*" }] }`,
  );
  return `version: 1
registries: { "${source.host}": { plainHttp: true }, "${target.host}": { plainHttp: true } }
images:
${entries.join("\n")}
`;
}

/** Each tag of a registry with its digest, except plans. */
export function contentOf({ store }: EmbeddedRegistry): readonly string[] {
  return store
    .repositories()
    .filter((name) => name !== PLANS)
    .flatMap((name) => [...store.tags(name)].map(([tag, digest]) => `${name}:${tag} ${digest}`))
    .toSorted();
}

/** The repositories to which each blob was uploaded, by its digest, once for each upload. */
export function uploadsTo({ log }: EmbeddedRegistry): ReadonlyMap<string, readonly string[]> {
  const uploads = new Map<string, string[]>();
  for (const { method, path, query, status, repository = "" } of log) {
    const digest = new URLSearchParams(query).get("digest");
    const isUpload = (method === "PUT" || method === "POST") && path.includes("/blobs/uploads/") && status === 201;
    if (!isUpload || digest === null || repository === PLANS) continue;
    uploads.set(digest, [...(uploads.get(digest) ?? []), repository]);
  }
  return uploads;
}
