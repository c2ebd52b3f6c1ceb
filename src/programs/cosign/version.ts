/** The version in the answer to `cosign version --json`, such as `v3.0.2`; undefined where it does not say. */
export function readVersion(text: string): string | undefined {
  try {
    const value: unknown = JSON.parse(text);
    const version = typeof value === "object" && value !== null && "gitVersion" in value ? value.gitVersion : undefined;
    return typeof version === "string" ? version : undefined;
  } catch {
    return undefined;
  }
}

/** Version 1 does not ask the transparency log unless told to. Builds of distributions do not know their own: they may be used. */
export function isTooOld(text: string): boolean {
  return /^v?[01]\./.test(readVersion(text) ?? "");
}
