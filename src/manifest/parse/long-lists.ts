import type { CST } from "yaml";
import type { Node } from "./nodes.ts";

/** The items of long lists that were composed before the rest of the file, by the offset of the list. */
export type EarlyItems = ReadonlyMap<number, readonly Node[]>;

export const NO_EARLY_ITEMS: EarlyItems = new Map();

/** How many items are composed at a time. */
const PART = 256;
/** The parser may still look at the last items. */
const KEPT = 4;

/** Takes the complete items out of a list that is being parsed, if there are enough. The list that is returned has them alone. */
export function takeItems(list: CST.BlockSequence): CST.BlockSequence | undefined {
  return list.items.length < PART + KEPT ? undefined : { ...list, items: list.items.splice(0, PART) };
}
