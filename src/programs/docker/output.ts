import { type Digest, parseDigest } from "../../model/digest.ts";

/** The state of one layer in a line of pull or push output; `id` is docker's name for the layer. */
export type LayerLine = { readonly id: string; readonly state: "seen" | "moved" | "present" };

const DOCKER_LINE = /^([a-f0-9]{12}): (.+)$/;
const PODMAN_LINE = /^Copying blob (?:sha256:)?([a-f0-9]{12})[a-f0-9]*(.*)$/;
const NERDCTL_LINE = /^layer-sha256:([a-f0-9]{12})[a-f0-9]*: +([a-z]+)/;
const MOVED = /^(?:Pushed|Pull complete)$/;
const PRESENT = /^(?:Layer already exists|Already exists|Mounted from .*)$/;

/** Parses a line of `pull` or `push` output without a terminal. Returns undefined if it is not about a layer. */
export function parseLayerLine(line: string): LayerLine | undefined {
  const [, id = "", state = ""] = DOCKER_LINE.exec(line) ?? [];
  if (id !== "") return { id, state: MOVED.test(state) ? "moved" : PRESENT.test(state) ? "present" : "seen" };
  const [, layer = "", nerdctlState = ""] = NERDCTL_LINE.exec(line) ?? [];
  if (layer !== "") return { id: layer, state: nerdctlState === "done" ? "moved" : "seen" };
  // podman reports the start of a blob, not its end
  const [, blob = "", rest = ""] = PODMAN_LINE.exec(line) ?? [];
  if (blob === "") return undefined;
  return { id: blob, state: /already exists/.test(rest) ? "present" : "moved" };
}

/** Parses the digest at the end of push output: `staging: digest: sha256:… size: 523`. podman prints none. */
export function parsePushedDigest(text: string): Digest | undefined {
  for (const line of text.split("\n").toReversed()) {
    const digest = parseDigest(/(?:^|\s)digest: (\S+) size: \d+\s*$/.exec(line)?.[1] ?? "");
    if (digest !== undefined) return digest;
  }
  return undefined;
}

/** Counts the layers of one transfer from its output lines. */
export type LayerCount = {
  readonly onLine: (line: string) => void;
  /** Share of finished layers, 0 to 1. */
  readonly done: () => number;
  /** Share of layers that had to be transferred, 0 to 1. */
  readonly moved: () => number;
};

export function createLayerCount(onChange: () => void): LayerCount {
  const states = new Map<string, LayerLine["state"]>();
  const share = (wanted: (state: LayerLine["state"]) => boolean): number =>
    states.size === 0 ? 0 : [...states.values()].filter(wanted).length / states.size;
  return {
    onLine: (line) => {
      const layer = parseLayerLine(line);
      if (layer === undefined || states.get(layer.id) === layer.state) return;
      states.set(layer.id, layer.state);
      onChange();
    },
    done: () => share((state) => state !== "seen"),
    moved: () => share((state) => state === "moved"),
  };
}
