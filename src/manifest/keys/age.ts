import type { KeyPlace } from "./key.ts";

const UNITS: ReadonlyMap<string, number> = new Map([
  ["m", 60_000],
  ["h", 60 * 60_000],
  ["d", 24 * 60 * 60_000],
]);

/** Returns an age in milliseconds, or undefined if there is none, as for local images. Reports problems. */
export function readAge(
  key: "minAge" | "maxAge",
  text: string | undefined,
  { isOwn, isLocal, report }: KeyPlace,
): number | undefined {
  if (text === undefined) return undefined;
  if (isLocal && isOwn)
    report({
      message: `a local image has no ${key}: only images of a registry have an age to wait for`,
      hint: "remove it here",
    });
  if (isLocal) return undefined;
  const [, digits, unit = ""] = /^([0-9]{1,5})([mhd])$/.exec(text) ?? [];
  const unitMs = UNITS.get(unit);
  if (digits !== undefined && unitMs !== undefined) return Number(digits) * unitMs || undefined;
  report({
    message: `"${text}" is not an age`,
    hint: "write a number and m, h or d for minutes, hours or days, such as 72h; 0h for none",
  });
  return undefined;
}
