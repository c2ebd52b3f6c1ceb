import { artifact, image, referrersIndex, referrersTag, twoPlatformIndex } from "../../test/support/images.ts";
import { tarLayer } from "../../test/support/layers.ts";
import type { Attached, BenchImage, BenchSet } from "./bench-set.ts";

/** Indexes of two platforms with attestations, each with a cosign tag and an SBOM in the index that replaces the referrers API. */
export function signedIndexes({ images }: { readonly images: number }): BenchSet {
  const tags = new Map<string, BenchImage>();
  const attached: Attached[] = [];
  for (let at = 0; at < images; at += 1) {
    const top = twoPlatformIndex(at, { attestations: true });
    const sbom = artifact(top, { artifactType: "application/spdx+json", content: `{"spdx":${at}}` });
    tags.set(`v${at}`, { image: top });
    attached.push(
      { tag: referrersTag(top, ".sig"), image: image({ layers: [tarLayer({ signature: top.digest })] }) },
      { tag: referrersTag(top), image: referrersIndex([sbom]) },
    );
  }
  return { repositories: [{ name: "signed", tags, attached }] };
}
