import type { SizedImage } from "./layer-sizes.ts";
import type { LayerNews, TransferNews } from "./transfer-news.ts";

/** Counts the bytes of one pull or push from what the program reports. */
export type LayerMeter = {
  readonly note: (news: TransferNews) => void;
  /** Reports whether the program said anything about layers. Without that, the bytes are unknown. */
  readonly hasNews: () => boolean;
  /** Reports whether a whole layer went out since the transfer started, or started again. */
  readonly hasMoved: () => boolean;
  /** The transfer starts again. What went out before stays counted. */
  readonly restart: () => void;
  /** The bytes that need no further transfer, including those that were there already. Layers of unknown size are not counted. */
  readonly doneBytes: (images: readonly SizedImage[]) => number;
  /** The bytes that went over the network, in all attempts. */
  readonly movedBytes: (images: readonly SizedImage[]) => number;
};

type Layer = {
  readonly state: LayerNews["state"];
  /** The share that is done, 0 to 1. */
  readonly share: number;
  /** The shares that went out before the present attempt. */
  readonly earlier: number;
  /** The size that the program reports. */
  readonly total: number | undefined;
};

const NEW: Layer = { state: "seen", share: 0, earlier: 0, total: undefined };

/**
 * Programs report a layer in bytes of their own store, which in docker's classic one are unpacked. So the meter keeps shares, and multiplies
 * them by the sizes in the manifests. Where those are unknown, the program's own sizes count.
 */
export function createLayerMeter(): LayerMeter {
  const layers = new Map<string, Layer>();
  let sent: number | undefined;
  let sentEarlier = 0;

  const noteLayer = ({ id, state, current = 0, total }: LayerNews): void => {
    const known = layers.get(id) ?? NEW;
    if (state === "seen") layers.set(id, known);
    else if (state === "present") layers.set(id, { ...known, state, share: 1, earlier: movedShares(known) });
    else if (state === "moved") layers.set(id, { ...known, state, share: 1 });
    else {
      const all = total ?? known.total;
      const share = all === undefined ? 0 : Math.min(1, current / all);
      // docker itself has started the layer again
      const earlier = share < known.share ? movedShares(known) : known.earlier;
      layers.set(id, { state, share, earlier, total: all });
    }
  };

  const sum = (images: readonly SizedImage[], sharesOf: (layer: Layer) => number): number => {
    const sizeOf = (id: string): number | undefined => images.find((image) => image.layers.has(id))?.layers.get(id);
    return [...layers].reduce((bytes, [id, layer]) => bytes + sharesOf(layer) * (sizeOf(id) ?? layer.total ?? 0), 0);
  };

  /** No program reports configs. An image of which a layer was missing was not there before, so that its config went out too. */
  const configBytes = (images: readonly SizedImage[]): number => {
    const isMoved = ([id, layer]: readonly [string, Layer], image: SizedImage): boolean =>
      image.layers.has(id) && movedShares(layer) > 0;
    const moved = images.filter((image) => [...layers].some((layer) => isMoved(layer, image)));
    return moved.reduce((bytes, image) => bytes + image.configBytes, 0);
  };

  return {
    note: (news) => {
      if (news.kind === "layer") return noteLayer(news);
      if (news.kind === "sent") sent = news.bytes;
      else for (const [id, { state }] of layers) if (state === "seen") noteLayer({ kind: "layer", id, state: "moved" });
    },
    hasNews: () => layers.size > 0 || sent !== undefined,
    hasMoved: () => [...layers.values()].some(({ state }) => state === "moved"),
    restart: () => {
      sentEarlier += sent ?? 0;
      if (sent !== undefined) sent = 0;
      for (const [id, layer] of layers) {
        const isDone = layer.state === "moved" || layer.state === "present";
        const now = isDone ? ({ state: "present", share: 1 } as const) : ({ state: "seen", share: 0 } as const);
        layers.set(id, { ...layer, ...now, earlier: movedShares(layer) });
      }
    },
    doneBytes: (images) => Math.round(sum(images, ({ share }) => share)),
    movedBytes: (images) =>
      sent === undefined ? Math.round(sum(images, movedShares) + configBytes(images)) : sentEarlier + sent,
  };
}

/** The shares of a layer that went out, in all attempts. */
function movedShares({ state, share, earlier }: Layer): number {
  return earlier + (state === "moving" || state === "moved" ? share : 0);
}
