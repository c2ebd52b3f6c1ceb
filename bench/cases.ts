import { bigLayers } from "./sets/big-layers.ts";
import type { BenchSet } from "./sets/bench-set.ts";
import { signedIndexes } from "./sets/signed-images.ts";
import { manySmall, mirrorShape, sharedLayers } from "./sets/small-images.ts";

/** How the tool reaches both registries. */
export type Road =
  | { readonly kind: "direct" }
  | { readonly kind: "far"; readonly roundTripMs: number }
  | { readonly kind: "limited"; readonly perSecond: number };

/** `first`: the target is empty. `nothing`: the target has everything. `changed`: every hundredth tag has moved at the source. */
export type Step = "first" | "nothing" | "changed";

export type Case = {
  readonly name: string;
  /** For headings, of the full and of the quick set. */
  readonly titles: readonly [full: string, quick: string];
  readonly set: (isQuick: boolean) => BenchSet;
  readonly road: Road;
  readonly steps: readonly Step[];
  /** The target has everything before the first step. */
  readonly startsSynced?: boolean;
  readonly isInQuick?: boolean;
  /** Only on request. */
  readonly isExtra?: boolean;
};

const DIRECT: Road = { kind: "direct" };
const FAR_SET = { tags: 200, repositories: 8 };

export const CASES: readonly Case[] = [
  {
    name: "small",
    titles: ["1,000 small tags in 40 repositories", "100 small tags in 4 repositories"],
    set: (isQuick) => manySmall(isQuick ? { tags: 100, repositories: 4 } : { tags: 1000, repositories: 40 }),
    road: DIRECT,
    steps: ["first", "nothing", "changed"],
    isInQuick: true,
  },
  {
    name: "layer-1gib",
    titles: ["one layer of 1 GiB", "one layer of 128 MiB"],
    set: (isQuick) => bigLayers({ layers: 1, mib: isQuick ? 128 : 1024 }),
    road: DIRECT,
    steps: ["first"],
    isInQuick: true,
  },
  {
    name: "layers-8x128",
    titles: ["eight layers of 128 MiB", "eight layers of 128 MiB"],
    set: () => bigLayers({ layers: 8, mib: 128 }),
    road: DIRECT,
    steps: ["first"],
  },
  {
    name: "image-10gib",
    titles: ["an image of 10 GiB in ten layers", "an image of 10 GiB in ten layers"],
    set: () => bigLayers({ layers: 10, mib: 1024 }),
    road: DIRECT,
    steps: ["first"],
    isExtra: true,
  },
  {
    name: "mounts",
    titles: [
      "20 repositories of 5 tags that share three layers of 8 MiB",
      "5 repositories of 5 tags that share three layers of 8 MiB",
    ],
    set: (isQuick) => sharedLayers({ repositories: isQuick ? 5 : 20, tags: 5, layerBytes: 8 * 1024 * 1024 }),
    road: DIRECT,
    steps: ["first"],
    isInQuick: true,
  },
  {
    name: "signed",
    titles: [
      "20 indexes of two platforms with attestations, cosign signatures and SBOMs",
      "20 indexes of two platforms with attestations, cosign signatures and SBOMs",
    ],
    set: () => signedIndexes({ images: 20 }),
    road: DIRECT,
    steps: ["first", "nothing"],
    isInQuick: true,
  },
  {
    name: "far-20",
    titles: ["200 tags, registries 20 ms away", "40 tags, registries 20 ms away"],
    set: (isQuick) => manySmall(isQuick ? { tags: 40, repositories: 4 } : FAR_SET),
    road: { kind: "far", roundTripMs: 20 },
    steps: ["first", "nothing"],
    isInQuick: true,
  },
  {
    name: "far-80",
    titles: ["200 tags, registries 80 ms away", "200 tags, registries 80 ms away"],
    set: () => manySmall(FAR_SET),
    road: { kind: "far", roundTripMs: 80 },
    steps: ["first", "nothing"],
  },
  {
    name: "limited",
    titles: ["200 tags, 429 beyond 200 requests a second", "200 tags, 429 beyond 200 requests a second"],
    set: () => manySmall(FAR_SET),
    road: { kind: "limited", perSecond: 200 },
    steps: ["first"],
  },
  {
    name: "mirror",
    titles: ["the shape of a large public mirror, 7,526 tags", "the shape of a large public mirror, 300 tags"],
    set: (isQuick) => mirrorShape({ tags: isQuick ? 300 : 7526 }),
    road: DIRECT,
    steps: ["nothing"],
    startsSynced: true,
    isInQuick: true,
  },
];
