import type { Catalog, Entry, ImmutableRule, RegistryAuth, RegistrySettings } from "../../model/sync-manifest.ts";
import type { Claim } from "./claim.ts";
import type { IncludePattern } from "./include-pattern.ts";
import type { SourceText } from "./source-text.ts";

/** The content of one file, with its text for findings that involve other files. */
export type SyncDocument = {
  readonly source: SourceText;
  readonly name: string;
  readonly includes: readonly IncludePattern[];
  readonly entries: readonly Entry[];
  readonly catalogs: readonly Catalog[];
  readonly claims: readonly Claim[];
  readonly rules: readonly ImmutableRule[];
  readonly registries: ReadonlyMap<string, RegistrySettings>;
  readonly prefixAuth: ReadonlyMap<string, RegistryAuth>;
  readonly maxDeletes?: number;
  /** The file as a JSON value without `x-` keys, with variables expanded. */
  readonly content: unknown;
};
