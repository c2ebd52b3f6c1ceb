import { image, type TestImage } from "../../test/support/images.ts";
import { randomLayer, tarLayer, type TestLayer } from "../../test/support/layers.ts";
import type { BenchImage, BenchSet } from "./bench-set.ts";

/** Many small images, each with its own layer and config: what a mirror of many tags is made of. */
export function manySmall({ tags, repositories }: { readonly tags: number; readonly repositories: number }): BenchSet {
  const names = Array.from({ length: repositories }, (_, at) => `app${at}`);
  return {
    repositories: names.map((name, at) => ({
      name,
      tags: new Map(
        Array.from({ length: Math.ceil((tags - at) / repositories) }, (_, count) => {
          const number = count * repositories + at;
          return [`v${number}`, smallImage(`own ${number}`)];
        }),
      ),
    })),
  };
}

/** The same set with other content under every hundredth tag. */
export function onePercentChanged(set: BenchSet, version: number): BenchSet {
  let at = -1;
  return {
    repositories: set.repositories.map((repository) => ({
      ...repository,
      tags: new Map(
        [...repository.tags].map(([tag, known]) => {
          at += 1;
          return [tag, at % 100 === 7 ? smallImage(`changed ${tag} ${version}`) : known];
        }),
      ),
    })),
  };
}

/** Repositories whose images share their lower layers, so that a mount saves an upload. */
export function sharedLayers({ repositories, tags, layerBytes }: SharedOptions): BenchSet {
  const base = [1, 2, 3].map((seed) => randomLayer({ size: layerBytes, seed }));
  return {
    repositories: Array.from({ length: repositories }, (_, at) => ({
      name: `service${at}`,
      tags: new Map(
        Array.from({ length: tags }, (_, tag) => [`v${tag}`, smallImage(`service ${at} ${tag}`, base)] as const),
      ),
    })),
  };
}

export type SharedOptions = {
  readonly repositories: number;
  readonly tags: number;
  readonly layerBytes: number;
};

/**
 * The shape of a large public mirror (rancher/image-mirror: 7,526 tags): few repositories with hundreds of tags, many with a handful, and
 * an entry for every tag. Tags of one repository share a few images, because only their number matters.
 */
export function mirrorShape({ tags }: { readonly tags: number }): BenchSet {
  const repositories: { name: string; tags: Map<string, BenchImage> }[] = [];
  for (let left = tags, at = 0; left > 0; at += 1) {
    const size = Math.min(left, 1 + Math.floor(260 / (1 + (at % 40))));
    const images = [0, 1, 2, 3].map((which) => smallImage(`mirror ${at} ${which}`));
    const named = Array.from({ length: size }, (_, tag): [string, BenchImage] => [
      `v${tag}`,
      images[tag % images.length] ?? smallImage("none"),
    ]);
    repositories.push({ name: `mirrored-${at}`, tags: new Map(named) });
    left -= size;
  }
  return { repositories };
}

export function smallImage(own: string, below: readonly TestLayer[] = []): BenchImage {
  const built: TestImage = image({ layers: [...below, tarLayer({ own })] });
  return { image: built };
}
