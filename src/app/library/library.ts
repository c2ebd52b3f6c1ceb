import type { ImageOrder } from "../../registry/listing/sort-images.ts";
import type { ImageList } from "../../model/image-list.ts";
import type { TagExplanation } from "../../model/tag-explanation.ts";
import type { Report } from "../../model/event.ts";
import type { Pulled, PullResult } from "../../model/node-pull.ts";
import type { Plan } from "../../model/plan.ts";
import type { LockReport } from "../../reporters/lock-report.ts";
import type { CheckGroup } from "../../model/check.ts";
import { apply as applyInSession } from "../apply.ts";
import { diagnose } from "../doctor/doctor.ts";
import { explain as explainInSession, readTag } from "../explain.ts";
import { list as listInSession, readRepository, readTagFilter } from "../list.ts";
import { lock as lockInSession } from "../lock.ts";
import { planNow } from "../make-plan.ts";
import { pull as pullInSession } from "../pull.ts";
import type { ShardNumber } from "../../model/shard.ts";
import type { LoadedManifest } from "./manifest.ts";
import type { RunOptions } from "./options.ts";
import { withRegistries, withSession } from "./run.ts";
import { defined } from "../../model/defined.ts";

export type PlanOptions = RunOptions & {
  /** Only targets that match one of these globs over `HOST/REPOSITORY:TAG`. */
  readonly only?: readonly string[];
  /** Read manifests to determine sizes in bytes even from registries that count each read as a pull. */
  readonly sizes?: boolean;
  /** Divide the plan into this many parts, for `shard` of `apply`. */
  readonly shards?: number;
};

/**
 * Compares a manifest with the registries. Writes nothing.
 * @throws {@link ImgsyncError} USAGE if `only` is not valid or matches nothing; a refusal by a registry is in the plan as a change with
 * action `error`
 */
export function plan(manifest: LoadedManifest, options: PlanOptions = {}): Promise<Plan> {
  const { only, sizes = false, shards, onProgress } = options;
  return withSession(manifest, options, (session) => planNow(session, { only, sizes, shards, onProgress }));
}

export type ApplyOptions = RunOptions & {
  /** The manifest that the plan was made from. A plan that no longer matches it is refused. */
  readonly manifest: LoadedManifest;
  /** Apply the other changes if some are blocked. By default nothing is written in that case. */
  readonly skipBlocked?: boolean;
  /** Start nothing new after a failure. */
  readonly failFast?: boolean;
  /** Also restore content that a registry has lost under tags that are up to date. */
  readonly repair?: boolean;
  /** Keep the local tags and images of the docker engine. */
  readonly keepLocal?: boolean;
  /** Apply only this part of a plan that was made with `shards`. `number` counts from 1. */
  readonly shard?: ShardNumber;
  /** How many shards run at a time and share the limits of the hosts. By default all of them. */
  readonly parallel?: number;
};

/**
 * Applies a plan. Every target is checked again right before it is written, so a plan may be hours old. A change that fails does not throw:
 * its error is in the report.
 * @throws {@link ImgsyncError} PLAN_OUTDATED or PLAN_INVALID, and {@link PlanError}, if nothing may be written
 */
export function apply(plan: Plan, options: ApplyOptions): Promise<Report> {
  const { manifest, skipBlocked = false, failFast = false, repair = false, keepLocal = false, shard } = options;
  const sharedBy = shard === undefined ? 1 : (options.parallel ?? shard.of);
  return withSession(manifest, { ...options, sharedBy }, (session) =>
    applyInSession(session, {
      saved: { plan, name: "the plan" },
      shard,
      skipBlocked,
      failFast,
      repair,
      keepLocal,
      onEvent: (event) => options.onEvent?.(event),
      onProgress: options.onProgress,
    }),
  );
}

export type PullOptions = RunOptions & {
  readonly only?: readonly string[];
  /** The program that pulls. By default crictl if it works, otherwise docker; `environment` needs PATH. */
  readonly tool?: "crictl" | "docker";
  /** The socket that crictl uses. */
  readonly endpoint?: string;
  /** Pull `NAME@DIGEST`: images are stored without their tags. */
  readonly byDigest?: boolean;
  readonly onFinished?: (result: PullResult) => void;
};

/**
 * Pulls the target images of a manifest onto this machine.
 * @throws {@link ImgsyncError} UNSUPPORTED if no runtime works here
 */
export function pull(manifest: LoadedManifest, options: PullOptions = {}): Promise<Pulled> {
  const { only, tool, endpoint, byDigest = false, onFinished, onProgress } = options;
  const observer = onFinished === undefined ? {} : { onFinished };
  return withSession(manifest, options, (session) =>
    pullInSession(session, { only, tool, endpoint, byDigest, observer, onProgress }),
  );
}

export type LockOptions = RunOptions & {
  /** Which locked tags are resolved again: `none` (default), `all`, or those whose source matches a glob. */
  readonly update?: "all" | "none" | readonly string[];
  /** Compare only, write nothing. */
  readonly check?: boolean;
};

/**
 * Writes the digests of all source tags to the lock file next to the manifest.
 * @throws {@link ImgsyncError} USAGE, LOCK_INVALID or OUTPUT_FAILED
 */
export function lock({ declared, folder, path }: LoadedManifest, options: LockOptions = {}): Promise<LockReport> {
  const { update = "none", check = false, onProgress } = options;
  return withSession({ manifest: declared, folder }, options, (session) =>
    lockInSession(session, { path, update, check, onProgress }),
  );
}

export type ListOptions = RunOptions & {
  /** Only its registry settings are used. */
  readonly manifest?: LoadedManifest;
  /** Globs over tags; `!GLOB` excludes. */
  readonly tags?: readonly string[];
  /** Newest (the default), most recently updated, largest, or highest tag first. */
  readonly sort?: ImageOrder;
  readonly limit?: number;
  /** Read manifests for times and sizes in bytes even from registries that count each read as a pull. */
  readonly sizes?: boolean;
};

/**
 * Lists the images of a repository, one for each digest.
 * @param repository `HOST/PATH`
 * @throws {@link ImgsyncError} USAGE, or the reason why the repository cannot be read
 */
export async function list(repository: string, options: ListOptions = {}): Promise<ImageList> {
  const { sort = "created", limit, sizes = false, onEvent } = options;
  const request = { repository: readRepository(repository), tagFilter: readTagFilter(options.tags) };
  return withRegistries(options.manifest, options, (registries, signal) =>
    listInSession({
      ...request,
      registries,
      sort,
      limit,
      sizes,
      signal,
      onWarning: (message, reference) => onEvent?.({ type: "warning", message, ...defined({ reference }) }),
    }),
  );
}

/**
 * Explains why a tag is synced or not, what a plan would do with it, and where credentials come from.
 * @param reference `HOST/REPOSITORY:TAG` of a target or a source
 * @throws {@link ImgsyncError} USAGE if that is not a tag
 */
export async function explain(
  { declared, folder }: LoadedManifest,
  reference: string,
  options: RunOptions = {},
): Promise<TagExplanation> {
  const asked = readTag(reference);
  return withSession({ manifest: declared, folder }, options, (session) =>
    explainInSession(session, asked, options.onProgress),
  );
}

/** Checks programs, credentials, permissions and immutable tags for a manifest. Writes nothing. */
export function doctor(manifest: LoadedManifest, options: RunOptions = {}): Promise<readonly CheckGroup[]> {
  return withSession(manifest, options, (session) => diagnose({ ...session, named: [] }));
}
