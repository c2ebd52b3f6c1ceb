/** An operating system and processor as image indexes name them. OCI image-spec, image-index.md, `platform`. */
export type Platform = {
  readonly os: string;
  readonly architecture: string;
  readonly variant?: string;
};

const PART = /^[A-Za-z0-9_.-]+$/;

/** Reads `os/architecture[/variant]`; undefined where the text is not of that form. */
export function parsePlatform(text: string): Platform | undefined {
  const [os, architecture, variant, ...rest] = text.split("/");
  if (os === undefined || architecture === undefined || rest.length > 0) return undefined;
  if (![os, architecture, variant ?? "x"].every((part) => PART.test(part))) return undefined;
  return variant === undefined ? { os, architecture } : { os, architecture, variant };
}

export function formatPlatform({ os, architecture, variant }: Platform): string {
  return variant === undefined ? `${os}/${architecture}` : `${os}/${architecture}/${variant}`;
}

/** Whether both name the same platform. `linux/arm64` and `linux/arm64/v8` do: v8 is what arm64 means without a variant. */
export function isSamePlatform(one: Platform, other: Platform): boolean {
  return one.os === other.os && one.architecture === other.architecture && variantOf(one) === variantOf(other);
}

function variantOf({ architecture, variant }: Platform): string | undefined {
  return architecture === "arm64" && variant === "v8" ? undefined : variant;
}
