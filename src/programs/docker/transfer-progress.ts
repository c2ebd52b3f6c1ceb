import type { LocalImage } from "../../model/local-image.ts";
import type { ImageManifest } from "../../model/manifest.ts";
import type { Change } from "../../model/plan.ts";
import type { ApplyOptions } from "../../model/ports.ts";
import { createLayerMeter, type LayerMeter } from "./layer-meter.ts";
import { type SizedImage, sizesIn } from "./layer-sizes.ts";
import type { TransferNews } from "./transfer-news.ts";

/** One pull or push. */
export type Phase = {
  readonly onNews: (news: TransferNews) => void;
  readonly restart: () => void;
  /** The transfer is complete, whatever the program reported. */
  readonly finish: () => void;
  readonly meter: LayerMeter;
};

/** The progress of a change: of the push of a local image, or of pull and push, for each of which a byte counts half. */
export type TransferProgress = {
  readonly pull: Phase;
  readonly push: Phase;
  /** The image is known, and with it the sizes of its layers. Undefined: only what the program reports. */
  readonly know: (manifest: ImageManifest | undefined, local?: LocalImage) => void;
};

/** Reports bytes as the registry engine does: what is there already counts as done. */
export function createTransferProgress(
  { bytes: planned = 0, source }: Pick<Change, "bytes" | "source">,
  onProgress: ApplyOptions["onProgress"],
): TransferProgress {
  let images: readonly SizedImage[] = [];
  let totalBytes = planned;
  const finished = new Set<LayerMeter>();
  const createPhase = (): Phase => {
    const meter = createLayerMeter();
    return {
      meter,
      onNews: (news) => {
        meter.note(news);
        notify();
      },
      restart: meter.restart,
      finish: () => {
        finished.add(meter);
        notify();
      },
    };
  };
  const pull = createPhase();
  const push = createPhase();
  const phases = source.kind === "registry" ? [pull, push] : [push];
  const notify = (): void => {
    const done = phases.map(({ meter }) => (finished.has(meter) ? Number.POSITIVE_INFINITY : meter.doneBytes(images)));
    const finite = done.filter((bytes) => Number.isFinite(bytes));
    totalBytes = Math.max(totalBytes, ...finite);
    if (totalBytes === 0) return;
    const doneBytes = done.reduce((sum, bytes) => sum + Math.min(bytes, totalBytes), 0) / phases.length;
    onProgress({ doneBytes: Math.round(doneBytes), totalBytes });
  };
  return {
    pull,
    push,
    know: (manifest, local) => {
      if (manifest !== undefined) images = [sizesIn(manifest, local?.layers)];
    },
  };
}
