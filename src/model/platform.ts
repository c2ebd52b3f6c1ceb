/** An operating system and processor, as in image indexes. OCI image-spec, image-index.md, `platform`. */
export type Platform = {
  readonly os: string;
  readonly architecture: string;
  readonly variant?: string;
};

const PART = /^[A-Za-z0-9_.-]+$/;

/** Parses `os/architecture[/variant]`. Returns undefined if the text has another form. */
export function parsePlatform(text: string): Platform | undefined {
  const [os, architecture, variant, ...rest] = text.split("/");
  if (os === undefined || architecture === undefined || rest.length > 0) return undefined;
  if (![os, architecture, variant ?? "x"].every((part) => PART.test(part))) return undefined;
  return variant === undefined ? { os, architecture } : { os, architecture, variant };
}

export function formatPlatform({ os, architecture, variant }: Platform): string {
  return variant === undefined ? `${os}/${architecture}` : `${os}/${architecture}/${variant}`;
}

/** Whether both are the same platform. `linux/arm64` equals `linux/arm64/v8`, because v8 is the default variant of arm64. */
export function isSamePlatform(one: Platform, other: Platform): boolean {
  return one.os === other.os && one.architecture === other.architecture && variantOf(one) === variantOf(other);
}

function variantOf({ architecture, variant }: Platform): string | undefined {
  return architecture === "arm64" && variant === "v8" ? undefined : variant;
}
