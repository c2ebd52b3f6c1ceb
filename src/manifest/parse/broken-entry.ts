import type { Entry as WrittenEntry } from "../../schema/generated/images.ts";
import type { SchemaResult } from "./check-schema.ts";
import type { FileContext } from "./file-context.ts";
import { listOf } from "./list-of.ts";
import { isLocalImage } from "./local-image.ts";
import type { Path } from "./nodes.ts";
import { readReference, readTarget } from "./read-reference.ts";
import { readTagMapping } from "./read-tag-mapping.ts";

type Options = { readonly path: Path; readonly context: FileContext; readonly schema: SchemaResult };

/** Reports problems in the valid parts of an entry that the schema refuses, so that one typo does not hide the rest. */
export function checkBrokenEntry(written: Partial<WrittenEntry> | null, { path, context, schema }: Options): void {
  const { source, target, tags } = written ?? {};
  const isSound = (...keys: readonly (string | number)[]): boolean => schema.isPlaceFit([...path, ...keys]);
  if (typeof source === "string" && isSound("source") && !isLocalImage(source)) {
    readReference(source, [...path, "source"], context);
  }
  if (target !== undefined && isSound("target")) {
    for (const part of listOf(target, [...path, "target"])) readTarget(part.text, part.path, context);
  }
  if (!Array.isArray(tags)) return;
  for (const [index, tag] of tags.entries()) {
    if (isSound("tags", index)) readTagMapping(tag, [...path, "tags", index], context);
  }
}
