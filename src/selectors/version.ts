import { parse, type SemVer } from "semver";

const LOOSE = /^v?(\d{1,15})(?:\.(\d{1,15}))?(?:\.(\d{1,15}))?(?:-([0-9A-Za-z.-]+))?$/;

/** Returns the version if the tag is a full one (`1.27.3`, `v1.27.3-rc.1`). */
export function parseVersion(tag: string): SemVer | undefined {
  return parse(tag) ?? undefined;
}

/** Also accepts versions of one or two numbers (`1.27` is 1.27.0) and numbers with leading zeros (`22.04`). */
export function parseLooseVersion(tag: string): SemVer | undefined {
  const [, major, minor = "0", patch = "0", prerelease] = LOOSE.exec(tag) ?? [];
  if (major === undefined) return undefined;
  const numbers = [major, minor, patch].map(Number).join(".");
  return parse(prerelease === undefined ? numbers : `${numbers}-${prerelease}`, { loose: true }) ?? undefined;
}
