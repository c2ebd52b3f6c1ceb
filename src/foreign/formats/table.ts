import type { Format } from "./format.ts";
import { imageSyncer } from "./image-syncer.ts";
import { list } from "./list.ts";
import { regsync } from "./regsync.ts";
import { skopeo } from "./skopeo.ts";

/** All formats. The first one that recognises a file reads it. */
export const FORMATS: readonly Format[] = [regsync, skopeo, imageSyncer, list];

export function formatNamed(name: string): Format | undefined {
  return FORMATS.find((format) => format.name === name);
}
