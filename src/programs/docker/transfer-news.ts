import { defined } from "../../model/defined.ts";

/** What a program reports during a pull or push. */
export type TransferNews =
  | LayerNews
  /** Layers whose end the program does not report were moved. */
  | { readonly kind: "rest-moved" }
  /** The bytes that went out so far, as the program adds them up. */
  | { readonly kind: "sent"; readonly bytes: number };

export type LayerNews = {
  readonly kind: "layer";
  /**
   * The beginning of a digest: that of the unpacked layer for pushes of docker's classic store and of podman, otherwise that of the blob.
   */
  readonly id: string;
  readonly state: "seen" | "moving" | "moved" | "present";
  /** Bytes so far and in all, while it is `moving`; those of the unpacked layer if `id` is its digest. */
  readonly current?: number;
  readonly total?: number;
};

type ProgressDetail = { readonly current?: unknown; readonly total?: unknown };

const ID = /^[a-f0-9]{12,64}$/;
const ID_LENGTH = 12;
const MOVED = /^(?:Pushed|Verifying Checksum|Download complete|Pull complete)$/;
const PRESENT = /^(?:Layer already exists|Already exists|Mounted from .*|Skipped foreign layer)$/;
const MOVING = /^(?:Pushing|Downloading)$/;

/** Returns the `id` that news have for the layer with this digest. */
export function layerId(digest: string): string {
  return digest.slice(digest.indexOf(":") + 1).slice(0, ID_LENGTH);
}

/**
 * Reads one message of docker, whose API and command line use the same words. Returns undefined if it is not about a layer, or not about its
 * transfer.
 */
export function readLayerNews(id: string, status: string, detail: ProgressDetail = {}): LayerNews | undefined {
  if (!ID.test(id) || status === "Extracting") return undefined;
  const layer = { kind: "layer", id: layerId(id) } as const;
  if (MOVED.test(status)) return { ...layer, state: "moved" };
  if (PRESENT.test(status)) return { ...layer, state: "present" };
  const current = countIn(detail.current);
  if (!MOVING.test(status) || current === undefined) return { ...layer, state: "seen" };
  return { ...layer, state: "moving", current, ...defined({ total: countIn(detail.total) }) };
}

function countIn(value: unknown): number | undefined {
  return typeof value === "number" && Number.isSafeInteger(value) && value > 0 ? value : undefined;
}
