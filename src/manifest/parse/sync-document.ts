import type { Entry, ImmutableRule, RegistryAuth, RegistrySettings } from "../../model/sync-manifest.ts";
import type { Claim } from "./claim.ts";
import type { IncludePattern } from "./include-pattern.ts";
import type { SourceText } from "./source-text.ts";

/** What one file says, with its text for findings that need other files. */
export type SyncDocument = {
  readonly source: SourceText;
  readonly name: string;
  readonly includes: readonly IncludePattern[];
  readonly entries: readonly Entry[];
  readonly claims: readonly Claim[];
  readonly rules: readonly ImmutableRule[];
  readonly registries: ReadonlyMap<string, RegistrySettings>;
  readonly prefixAuth: ReadonlyMap<string, RegistryAuth>;
  readonly maxDeletes?: number;
  /** Everything but `x-` keys as JSON has it, variables expanded. */
  readonly content: unknown;
};
