import { chart } from "./chart.ts";
import { compose } from "./compose.ts";
import { dregsy } from "./dregsy.ts";
import type { Format } from "./format.ts";
import { gardener } from "./gardener.ts";
import { hauler } from "./hauler.ts";
import { imageSyncer } from "./image-syncer.ts";
import { kpromo } from "./kpromo.ts";
import { kubernetes } from "./kubernetes.ts";
import { list } from "./list.ts";
import { imagesLock, kbldLock } from "./locks.ts";
import { ocMirror } from "./oc-mirror.ts";
import { regsync } from "./regsync.ts";
import { sinker } from "./sinker.ts";
import { skopeo } from "./skopeo.ts";
import { zarf } from "./zarf.ts";

/** All formats. The first one that recognises a file reads it, so those with more specific marks come first. */
export const FORMATS: readonly Format[] = [
  regsync,
  skopeo,
  gardener,
  dregsy,
  sinker,
  kpromo,
  ocMirror,
  zarf,
  hauler,
  imagesLock,
  kbldLock,
  chart,
  compose,
  kubernetes,
  imageSyncer,
  list,
];

export function formatNamed(name: string): Format | undefined {
  return FORMATS.find((format) => format.name === name);
}
