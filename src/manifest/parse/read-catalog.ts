import { isLayout } from "../../model/layout-name.ts";
import {
  DEFAULT_HOST,
  isHostLike,
  isProblem,
  parsePrefix,
  type Reference,
  type Repository,
} from "../../model/reference.ts";
import type { Catalog, Entry } from "../../model/sync-manifest.ts";
import { nameProblemOf } from "../../products/table.ts";
import { repositoryPathGlobProblem } from "../../selectors/glob.ts";
import type { FileContext } from "./file-context.ts";
import { isLocalImage } from "./local-image.ts";
import type { Path } from "./nodes.ts";
import type { ReadTarget } from "./read-mappings.ts";
import { hasLayoutScheme } from "../../model/layout-name.ts";

/** Whether a source is a pattern over repositories: `registry.example.com/team/**`. */
export function isCatalogPattern(source: string): boolean {
  return /[*?]/.test(source) && !isLocalImage(source) && !hasLayoutScheme(source);
}

/**
 * Reads a target without a path, which is a whole registry here: each repository keeps its path. Undefined for other targets.
 */
export function readRegistryTarget(text: string): Reference | undefined {
  if (text.includes("/") || !isHostLike(text)) return undefined;
  const place = parsePrefix(text);
  return isProblem(place) ? undefined : { repository: place };
}

export type Pattern = {
  /** The part without wildcards; the path is empty for a whole registry. */
  readonly fixed: Repository;
  /** A glob over whole paths. */
  readonly pattern: string;
};

/** Reads a pattern, and reports why it is not valid. */
export function readPattern(text: string, path: Path, { report, universes }: FileContext): Pattern | undefined {
  const slash = text.indexOf("/");
  const first = slash < 0 ? "" : text.slice(0, slash);
  const hasHost = isHostLike(first);
  const pattern = hasHost ? text.slice(slash + 1) : text;
  const parts = pattern.split("/");
  const names = parts.slice(
    0,
    parts.findIndex((part) => /[*?]/.test(part)),
  );
  const problem = hasHost && /[*?]/.test(first) ? "a host cannot have wildcards" : repositoryPathGlobProblem(pattern);
  if (problem !== undefined) {
    report(path, { message: problem, hint: "write HOST/PATH/**, such as registry.example.com/team/**" });
    return undefined;
  }
  const fixed = parsePrefix([hasHost ? first : DEFAULT_HOST, ...names].join("/"));
  const wrong = isProblem(fixed)
    ? fixed
    : nameProblemOf({ host: fixed.host, path: [...names, "x"].join("/") }, universes);
  if (wrong === undefined && !isProblem(fixed)) return { fixed, pattern };
  if (wrong !== undefined) report(path, { message: wrong.problem, hint: wrong.hint });
  return undefined;
}

/** Makes the catalog of an entry whose source is a pattern. Reports targets that cannot hold several repositories. */
export function readCatalog(
  entry: Omit<Entry, "source" | "targets">,
  { fixed, pattern }: Pattern,
  { targets, context }: { readonly targets: readonly ReadTarget[]; readonly context: FileContext },
): Catalog | undefined {
  const fit = targets.flatMap(({ reference, position, path }) => {
    if (reference === undefined) return [];
    const { repository } = reference;
    if (!isLayout(repository)) return [{ repository, position }];
    context.report(path, {
      message: "an OCI layout is one repository, and the source is a pattern over several",
      hint: "copy to a registry, or write an entry for each repository",
    });
    return [];
  });
  if (fit.length === 0) return undefined;
  return { pattern, entry: { ...entry, source: { kind: "registry", repository: fixed }, targets: fit } };
}
