import type { TagText } from "../../schema/generated/images.ts";
import type { Path } from "./nodes.ts";

export type ListedText = { readonly text: string; readonly path: Path };

/** Normalises one text or a list of texts to a list with paths. Undefined becomes an empty list. */
export function listOf(written: TagText | readonly TagText[] | undefined, path: Path): readonly ListedText[] {
  if (written === undefined) return [];
  if (typeof written !== "object" || written === null) return [{ text: String(written), path }];
  return written.map((item, index) => ({ text: String(item), path: [...path, index] }));
}
