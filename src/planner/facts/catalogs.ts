import { isBelowTarget } from "../../model/catalog.ts";
import { type ErrorDetails } from "../../model/error.ts";
import type { EntryFailure, FoundRepositories, Plan } from "../../model/plan.ts";
import { formatPrefix, formatRepository, isProblem, parseRepository, type Repository } from "../../model/reference.ts";
import type { Catalog, Entry, SyncManifest } from "../../model/sync-manifest.ts";
import { compileGlobs } from "../../selectors/glob.ts";

/** The repositories that one pattern may select. More are an error, and never cut off. */
export const MAX_REPOSITORIES = 1000;

/** What a registry shows: the names of its repositories, or why it does not show them all. */
export type Listed = { readonly names: readonly string[] } | { readonly error: ErrorDetails };

/** Returns the manifest with an entry for each repository that its patterns select. Patterns whose list failed keep their error. */
export function withRepositories(manifest: SyncManifest, listed: (catalog: Catalog) => Listed): SyncManifest {
  const { catalogs = [] } = manifest;
  if (catalogs.length === 0) return manifest;
  const read = catalogs.map((catalog) => expandCatalog(catalog, listed(catalog)));
  return {
    ...manifest,
    entries: [...manifest.entries, ...read.flatMap(({ entries }) => entries)],
    catalogs: read.map(({ catalog }) => catalog),
  };
}

type Expanded = { readonly catalog: Catalog; readonly entries: readonly Entry[] };

function expandCatalog(catalog: Catalog, listed: Listed): Expanded {
  if ("error" in listed) return failed(catalog, listed.error);
  const matches = compileGlobs([catalog.pattern]);
  const { repository: fixed } = sourceOf(catalog);
  const found = listed.names.filter(matches);
  const problem =
    countProblem(catalog, found.length) ??
    found.map((path) => nameProblem(path, fixed)).find((one) => one !== undefined);
  if (problem !== undefined) return failed(catalog, problem);
  const entries = found.map((path): Entry => ({
    ...catalog.entry,
    isFound: true,
    source: { kind: "registry", repository: { host: fixed.host, path } },
    targets: catalog.entry.targets.map(({ repository, position }) => ({
      position,
      repository: { host: repository.host, path: below(repository.path, fixed.path, path) },
    })),
  }));
  const bad = entries.flatMap(({ targets }) =>
    targets.map((target) => targetProblem(target.repository, fixed, matches)),
  );
  const wrong = bad.find((one) => one !== undefined);
  return wrong === undefined ? { catalog: { ...catalog, found }, entries } : failed(catalog, wrong);
}

/** The failures of patterns whose repositories are unknown. */
export function catalogFailures({ catalogs = [] }: SyncManifest): readonly EntryFailure[] {
  return catalogs.flatMap((catalog) => {
    const { entry, error } = catalog;
    if (error === undefined) return [];
    const targets = entry.targets.map(({ repository }) => repository);
    const common = { positions: [entry.position], source: sourceOf(catalog).repository, targets };
    return [{ ...common, error: { side: "source", reference: formatPattern(catalog), ...error } }];
  });
}

/** What the patterns of a manifest found, for a plan. */
export function foundBy({ catalogs = [] }: SyncManifest): Pick<Plan, "catalogs"> {
  const found = catalogs.flatMap((catalog): readonly FoundRepositories[] => {
    const { host } = sourceOf(catalog).repository;
    const { position } = catalog.entry;
    return catalog.found === undefined
      ? []
      : [{ pattern: formatPattern(catalog), position, repositories: catalog.found.map((path) => `${host}/${path}`) }];
  });
  return found.length === 0 ? {} : { catalogs: found };
}

/**
 * Whether a repository may belong to a pattern whose repositories are unknown, as its source or its target. Nothing may be deleted there,
 * because the pattern may declare or read any of its tags.
 */
export function mayBeUnlisted({ catalogs = [] }: SyncManifest, repository: Repository): boolean {
  return catalogs.some(
    (catalog) =>
      catalog.found === undefined &&
      ((sourceOf(catalog).repository.host === repository.host && compileGlobs([catalog.pattern])(repository.path)) ||
        isBelowTarget(catalog, repository)),
  );
}

/** `registry.example.com/team/**` */
export function formatPattern(catalog: Catalog): string {
  return `${sourceOf(catalog).repository.host}/${catalog.pattern}`;
}

function sourceOf({ entry: { source } }: Catalog): { readonly repository: Repository } {
  if (source.kind === "registry") return source;
  throw new Error("a pattern over local images");
}

function failed(catalog: Catalog, error: ErrorDetails): Expanded {
  return { catalog: { ...catalog, error }, entries: [] };
}

function countProblem(catalog: Catalog, count: number): ErrorDetails | undefined {
  if (count > MAX_REPOSITORIES)
    return {
      code: "LIMIT_EXCEEDED",
      message: `the pattern selects ${count} repositories, and at most ${MAX_REPOSITORIES} are allowed`,
      hint: "write more of the path, and several entries if necessary",
    };
  if (count > 0 || catalog.entry.optional) return undefined;
  return {
    code: "SELECTED_NOTHING",
    message: "the pattern selects no repository",
    hint: "check the name; registries list only what the credentials may read. If that is fine, set optional: true",
  };
}

function nameProblem(path: string, { host }: Repository): ErrorDetails | undefined {
  const parsed = parseRepository(`${host}/${path}`);
  if (!isProblem(parsed) && parsed.path === path) return undefined;
  return {
    code: "REGISTRY_PROTOCOL",
    message: `${host} lists a repository with an invalid name, "${path}"`,
    hint: "write a pattern that does not match it",
  };
}

function targetProblem(
  repository: Repository,
  fixed: Repository,
  matches: (path: string) => boolean,
): ErrorDetails | undefined {
  if (repository.host === fixed.host && matches(repository.path))
    return {
      code: "TARGET_CONFLICT",
      message: `the copy "${formatRepository(repository)}" would itself be selected by the pattern`,
      hint: "use a target that the pattern does not match",
    };
  if (repository.path === "")
    return {
      code: "MANIFEST_INVALID",
      message: `the repository "${formatPrefix(fixed)}" would be copied to "${repository.host}", which is a registry and not a repository`,
      hint: "add a path to the target",
    };
  const parsed = parseRepository(formatPrefix(repository));
  if (!isProblem(parsed)) return undefined;
  return {
    code: "MANIFEST_INVALID",
    message: `the target "${formatPrefix(repository)}" is not valid: ${parsed.problem}`,
  };
}

/** `mirror` and `team/app` below `team`: `mirror/app`. */
function below(target: string, fixed: string, path: string): string {
  const rest = fixed === "" ? path : path.slice(fixed.length + 1);
  return [target, rest].filter((part) => part !== "").join("/");
}
