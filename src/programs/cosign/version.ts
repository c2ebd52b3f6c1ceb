import { memberOf, textIn, tryParseJson } from "../../model/json.ts";

/** Returns the version from the output of `cosign version --json`, such as `v3.0.2`, or undefined. */
export function readVersion(text: string): string | undefined {
  return textIn(memberOf(tryParseJson(text), "gitVersion"));
}

/** Version 1 checks the transparency log only on request. Distribution builds may not report a version and are accepted. */
export function isTooOld(text: string): boolean {
  return /^v?[01]\./.test(readVersion(text) ?? "");
}
