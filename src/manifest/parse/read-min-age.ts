import type { Defaults, Entry as WrittenEntry } from "../../schema/generated/images.ts";
import type { FileContext } from "./file-context.ts";
import { isLocalImage } from "./local-image.ts";
import type { Path } from "./nodes.ts";

const UNITS: ReadonlyMap<string, number> = new Map([
  ["m", 60_000],
  ["h", 60 * 60_000],
  ["d", 24 * 60 * 60_000],
]);

/** How old images must be, in milliseconds; undefined where any may be copied, as local ones always may. */
export function readMinAge(
  written: WrittenEntry,
  { defaults, path, context }: { readonly defaults: Defaults; readonly path: Path; readonly context: FileContext },
): number | undefined {
  const isLocal = isLocalImage(written.source);
  if (isLocal && written.minAge !== undefined) {
    context.report([...path, "minAge"], {
      message: "a local image has no minAge: it came from nobody else",
      hint: "take it away from here",
    });
  }
  const text = written.minAge ?? defaults.minAge;
  if (text === undefined || isLocal) return undefined;
  const [, digits, unit = ""] = /^([0-9]{1,5})([mhd])$/.exec(text) ?? [];
  const unitMs = UNITS.get(unit);
  if (digits !== undefined && unitMs !== undefined) return Number(digits) * unitMs || undefined;
  context.report([...(written.minAge === undefined ? ["defaults"] : path), "minAge"], {
    message: `"${text}" is not an age`,
    hint: "write a number and m, h or d for minutes, hours or days, such as 72h; 0h for none",
  });
  return undefined;
}
