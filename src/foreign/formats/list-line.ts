import { readImage } from "../items/read-image.ts";

const PULL =
  /^(?:[\w./-]*\b(?:docker|podman|nerdctl|crictl|ctr(?: -n [\w.-]+)? images?|skopeo|crane)\s+(?:image\s+)?pull\s+)/;
const PLATFORM = /(?:^|\s)--platform(?:=|\s+)([\w.-]+\/[\w./-]+)(?=\s|$)/;
const NO_VALUES = new Map<string, string>();

/** Returns the image of a line such as `docker pull --platform=linux/arm64 nginx:1.27`; undefined if it is something else. */
export function parseListLine(line: string): { readonly image: string; readonly platform?: string } | undefined {
  const text = line.replace(/^-\s+/, "").replace(PULL, "");
  const platform = PLATFORM.exec(text)?.[1];
  const image = text
    .replace(PLATFORM, " ")
    .trim()
    .replace(/^(["'])(.*)\1$/, "$2")
    .replace(/^docker:\/\//, "");
  if (image === "" || /\s/.test(image) || "problem" in readImage(image, NO_VALUES)) return undefined;
  return platform === undefined ? { image } : { image, platform };
}
