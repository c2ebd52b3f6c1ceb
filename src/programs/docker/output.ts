import { type Digest, parseDigest } from "../../model/digest.ts";

/** What one line of a pull or push says about one layer; `id` is how docker calls it there. */
export type LayerLine = { readonly id: string; readonly state: "seen" | "moved" | "present" };

const DOCKER_LINE = /^([a-f0-9]{12}): (.+)$/;
const PODMAN_LINE = /^Copying blob (?:sha256:)?([a-f0-9]{12})[a-f0-9]*(.*)$/;
const NERDCTL_LINE = /^layer-sha256:([a-f0-9]{12})[a-f0-9]*: +([a-z]+)/;
const MOVED = /^(?:Pushed|Pull complete)$/;
const PRESENT = /^(?:Layer already exists|Already exists|Mounted from .*)$/;

/** Reads a line of `pull` or `push` off a terminal; undefined where it is not about a layer. */
export function parseLayerLine(line: string): LayerLine | undefined {
  const [, id = "", state = ""] = DOCKER_LINE.exec(line) ?? [];
  if (id !== "") return { id, state: MOVED.test(state) ? "moved" : PRESENT.test(state) ? "present" : "seen" };
  const [, layer = "", nerdctlState = ""] = NERDCTL_LINE.exec(line) ?? [];
  if (layer !== "") return { id: layer, state: nerdctlState === "done" ? "moved" : "seen" };
  // podman tells when it begins with a blob, not when it is done
  const [, blob = "", rest = ""] = PODMAN_LINE.exec(line) ?? [];
  if (blob === "") return undefined;
  return { id: blob, state: /already exists/.test(rest) ? "present" : "moved" };
}

/** The digest that a push ends with: `staging: digest: sha256:… size: 523`. podman prints none. */
export function parsePushedDigest(text: string): Digest | undefined {
  for (const line of text.split("\n").toReversed()) {
    const digest = parseDigest(/(?:^|\s)digest: (\S+) size: \d+\s*$/.exec(line)?.[1] ?? "");
    if (digest !== undefined) return digest;
  }
  return undefined;
}

/** Layers of one transfer as they are told, line by line. */
export type LayerCount = {
  readonly onLine: (line: string) => void;
  /** 0 to 1. */
  readonly done: () => number;
  /** Of those that are done, how many had to be moved: 0 to 1. */
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
