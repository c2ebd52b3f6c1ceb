/** Returns the version from the output of `cosign version --json`, such as `v3.0.2`, or undefined. */
export function readVersion(text: string): string | undefined {
  try {
    const value: unknown = JSON.parse(text);
    const version = typeof value === "object" && value !== null && "gitVersion" in value ? value.gitVersion : undefined;
    return typeof version === "string" ? version : undefined;
  } catch {
    return undefined;
  }
}

/** Version 1 checks the transparency log only on request. Distribution builds may not report a version and are accepted. */
export function isTooOld(text: string): boolean {
  return /^v?[01]\./.test(readVersion(text) ?? "");
}
