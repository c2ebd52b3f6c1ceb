import type { Report } from "../../model/event.ts";
import { formatRepository, type Repository } from "../../model/reference.ts";
import type { SyncManifest } from "../../model/sync-manifest.ts";
import type { KeptRepository, TagCounts } from "../../model/watch.ts";
import { defined } from "../../model/defined.ts";

/** Target repositories by name. */
type Repositories = ReadonlyMap<string, KeptRepository>;

type Look = {
  /** What the run looked at. */
  readonly looked: readonly Repository[];
  /** The names of those with tags that could not be determined. */
  readonly unknown: ReadonlySet<string>;
  readonly now: Date;
};

const NO_TAGS: TagCounts = { inSync: 0, held: 0, blocked: 0, failed: 0 };

/** Lists the target repositories of a manifest, not looked at yet. The last success of those known before is kept. */
export function listRepositories({ entries }: SyncManifest, before: Repositories): Repositories {
  const targets = entries.flatMap((entry) => entry.targets.map(({ repository }) => repository));
  return new Map(
    targets.map((repository) => {
      const name = formatRepository(repository);
      const lastSuccess = before.get(name)?.lastSuccess;
      return [name, { repository, state: "unknown", tags: NO_TAGS, ...defined({ lastSuccess }) }];
    }),
  );
}

/** Counts the tags of each repository that a run looked at. */
export function updateRepositories(before: Repositories, report: Report, { looked, unknown, now }: Look): Repositories {
  const results = Map.groupBy(report.results, ({ change }) => formatRepository(change.target.repository));
  const after = new Map(before);
  for (const repository of looked) {
    const name = formatRepository(repository);
    const tags = countTags(results.get(name) ?? []);
    const isInSync = tags.blocked + tags.failed === 0 && !unknown.has(name);
    const lastSuccess = isInSync ? now : before.get(name)?.lastSuccess;
    after.set(name, { repository, state: isInSync ? "in-sync" : "failing", tags, ...defined({ lastSuccess }) });
  }
  return after;
}

/** Marks the repositories of a run that failed before it looked at any tag. Their tags are as of the last look. */
export function markFailing(before: Repositories, repositories: readonly Repository[]): Repositories {
  const after = new Map(before);
  for (const repository of repositories) {
    const name = formatRepository(repository);
    after.set(name, { tags: NO_TAGS, ...before.get(name), repository, state: "failing" });
  }
  return after;
}

/** Adds up the tags of all repositories. */
export function sumTags(repositories: Iterable<KeptRepository>): TagCounts {
  const sum = { ...NO_TAGS };
  for (const { tags } of repositories) for (const key of KEYS) sum[key] += tags[key];
  return sum;
}

const KEYS = ["inSync", "held", "blocked", "failed"] as const;

function countTags(results: Report["results"]): TagCounts {
  const counts = { ...NO_TAGS };
  for (const { change, result } of results) {
    const { outcome } = result;
    const isDone = outcome === "applied" || outcome === "unchanged";
    // what is gone as it should be is not a tag any more
    if (isDone && (change.action === "delete" || change.action === "missing")) continue;
    if (isDone) counts[change.action === "held" ? "held" : "inSync"] += 1;
    else counts[outcome === "blocked" ? "blocked" : "failed"] += 1;
  }
  return counts;
}
