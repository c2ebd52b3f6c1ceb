import { digestOf } from "../../model/digest.ts";
import type { Diagnostic } from "../../model/error.ts";
import type { SyncManifest } from "../../model/sync-manifest.ts";
import { canonicalJson } from "../../model/canonical-json.ts";
import { findConflicts } from "./conflicts.ts";
import type { ParsedFile } from "./parse-file.ts";
import { diagnose } from "./source-text.ts";
import type { SyncDocument } from "./sync-document.ts";
import { findUnfitDigests } from "./unfit-digests.ts";
import { findUnfitReserves } from "./unfit-reserves.ts";
import { describeUnset } from "./unset-variables.ts";
import { defined } from "../../model/defined.ts";

export type Assembled = {
  /** Undefined if there are errors. */
  readonly manifest?: SyncManifest;
  /** Of all files, in text order. */
  readonly diagnostics: readonly Diagnostic[];
};

/** Merges the root file and its includes. Reports the problems of each file and between files. */
export function assemble(root: ParsedFile, includes: readonly ParsedFile[]): Assembled {
  const files = [root, ...includes];
  const documents = files.flatMap(({ document }) => (document === undefined ? [] : [document]));
  const unset = describeUnset(files.flatMap((file) => file.unset ?? []));
  const found = [
    ...files.flatMap((file) => file.diagnostics),
    ...unset,
    ...findConflicts(documents),
    ...findUnfitDigests(documents),
    ...findUnfitReserves(documents, root.document?.registries ?? new Map()),
  ];
  const hasErrors = found.some(({ severity }) => severity === "error");
  if (hasErrors || root.document === undefined) return { diagnostics: found.toSorted(byPosition) };
  const diagnostics = [...found, ...warnings(root.document, documents)].toSorted(byPosition);
  const catalogs = documents.flatMap((document) => document.catalogs);
  const manifest: SyncManifest = {
    entries: documents.flatMap(({ entries }) => entries),
    ...defined({ catalogs: catalogs.length === 0 ? undefined : catalogs }),
    rules: documents.flatMap(({ rules }) => rules),
    registries: root.document.registries,
    ...defined({
      prefixAuth: root.document.prefixAuth.size === 0 ? undefined : root.document.prefixAuth,
      maxDeletes: root.document.maxDeletes,
    }),
    name: root.document.source.file,
    hash: digestOf(canonicalJson(documents.map(({ name, content }) => [name, content]))),
  };
  return { manifest, diagnostics };
}

function warnings(root: SyncDocument, documents: readonly SyncDocument[]): readonly Diagnostic[] {
  if (documents.some(({ content }) => hasImages(content))) return [];
  return [
    diagnose(root.source, [0, 0], {
      severity: "warning",
      message: "the manifest declares no images: there is nothing to do",
      hint: "list them under `images`",
    }),
  ];
}

function hasImages(content: unknown): boolean {
  if (typeof content !== "object" || content === null || !("images" in content)) return false;
  return !Array.isArray(content.images) || content.images.length > 0;
}

function byPosition({ position: one }: Diagnostic, { position: other }: Diagnostic): number {
  if (one.file !== other.file) return one.file < other.file ? -1 : 1;
  return one.line - other.line || one.column - other.column;
}
