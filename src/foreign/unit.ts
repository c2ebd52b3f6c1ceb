import type { ForeignItem, ItemSettings } from "./items/foreign-file.ts";
import type { Place } from "../model/foreign.ts";
import type { TagElement } from "./selection/tag-elements.ts";

/** One element of `tags` for one source and one target. */
export type Unit = {
  readonly place: Place;
  readonly lastLine: number;
  /** Counts the items of all files. */
  readonly order: number;
  readonly source: string;
  readonly target: string;
  readonly element: TagElement;
  readonly settings: ItemSettings;
};

/** Where units of an item come from. */
export function linesOf({ place, lastLine = place.line }: ForeignItem): Pick<Unit, "place" | "lastLine"> {
  return { place, lastLine };
}

/** `HOST/PATH:TAG` or `HOST/PATH@DIGEST` of a tag that is read by its name. */
export function sourceTextOf({ source, element }: Pick<Unit, "source" | "element">): string | undefined {
  if (!("from" in element)) return undefined;
  return `${source}${element.from.includes(":") && !element.from.startsWith("${") ? "@" : ":"}${element.from}`;
}
