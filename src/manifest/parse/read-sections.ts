import type { Defaults, SyncManifestFile } from "../../schema/generated/images.ts";
import type { SchemaResult } from "./check-schema.ts";
import type { ReadEntry } from "./claim.ts";
import type { FileContext } from "./file-context.ts";
import { includeProblem } from "./include-pattern.ts";
import { keyRange, type Node } from "./nodes.ts";
import type { SyncDocument } from "./sync-document.ts";
import { checkBrokenEntry } from "./broken-entry.ts";
import { readEntry } from "./read-entry.ts";
import { readRegistries } from "./read-registries.ts";
import { placeSignatures } from "./signature-place.ts";
import { readRule } from "./read-rule.ts";

type Sections = Pick<
  SyncDocument,
  "includes" | "entries" | "catalogs" | "claims" | "rules" | "registries" | "prefixAuth" | "maxDeletes"
>;

type Options = {
  readonly root: Node;
  readonly context: FileContext;
  readonly schema: SchemaResult;
  readonly isRoot: boolean;
};

/** Reads the parts of a file that the schema accepted, and reports further problems in them. */
export function readSections(written: Partial<SyncManifestFile>, options: Options): Sections {
  const { root, context, schema, isRoot } = options;
  const defaults = readDefaults(written, schema);
  const images = schema.isSectionFit("images") ? (written.images ?? []) : [];
  const entries = images.map((entry, index): ReadEntry => {
    const path = ["images", index];
    if (schema.isFit("images", index))
      return placeSignatures(readEntry(entry, { path, defaults, context }), path, context);
    checkBrokenEntry(entry, { path, context, schema });
    return { entries: [], claims: [] };
  });
  const rules = schema.isSectionFit("immutable") ? (written.immutable ?? []) : [];
  if (!isRoot) refuseRootSections(root, context);
  return {
    includes: isRoot && schema.isSectionFit("include") ? readIncludes(written.include ?? [], options) : [],
    entries: entries.flatMap((read) => read.entries),
    catalogs: entries.flatMap((read) => read.catalogs ?? []),
    claims: entries.flatMap((read) => read.claims),
    rules: rules.flatMap((rule, index) => {
      const read = schema.isFit("immutable", index) ? readRule(rule, ["immutable", index], context) : undefined;
      return read === undefined ? [] : [read];
    }),
    ...readMaxDeletes(written, options),
    ...readRegistries(isRoot && schema.isSectionFit("registries") ? (written.registries ?? {}) : {}, {
      root,
      context,
      isFit: (name) => schema.isFit("registries", name),
    }),
  };
}

function readMaxDeletes(
  { maxDeletes }: Partial<SyncManifestFile>,
  { schema, isRoot }: Options,
): { readonly maxDeletes?: number } {
  return maxDeletes === undefined || !isRoot || !schema.isSectionFit("maxDeletes") ? {} : { maxDeletes };
}

function readDefaults({ defaults }: Partial<SyncManifestFile>, schema: SchemaResult): Defaults {
  if (defaults === undefined || !schema.isSectionFit("defaults")) return {};
  return Object.fromEntries(Object.entries(defaults).filter(([key]) => schema.isFit("defaults", key)));
}

function readIncludes(written: readonly string[], { context, schema }: Options): SyncDocument["includes"] {
  return written.flatMap((pattern, index) => {
    if (!schema.isFit("include", index)) return [];
    const path = ["include", index];
    const problem = includeProblem(pattern);
    if (problem === undefined) return [{ pattern, range: context.rangeOf(path) }];
    context.report(path, { message: problem });
    return [];
  });
}

function refuseRootSections(root: Node, { reportAt }: FileContext): void {
  for (const key of ["include", "registries", "maxDeletes"]) {
    const range = keyRange(root, key);
    if (range === undefined) continue;
    reportAt(range, {
      message: `"${key}" is not allowed in an included file`,
      hint: "included files hold version, images, immutable and defaults; move it to the root file",
    });
  }
}
