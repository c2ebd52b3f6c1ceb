import type { ImageOrder } from "../../registry/listing/sort-images.ts";
import type { ImageList } from "../../model/image-list.ts";
import type { TagExplanation } from "../../reporters/explain-tag.ts";
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
import type { LoadedManifest } from "./manifest.ts";
import type { RunOptions } from "./options.ts";
import { withRegistries, withSession } from "./run.ts";

export type PlanOptions = RunOptions & {
  /** Only targets that one of these globs over `HOST/REPOSITORY:TAG` matches. */
  readonly only?: readonly string[];
  /** Also read manifests to know sizes in bytes where each read counts as a pull. */
  readonly sizes?: boolean;
};

/**
 * Compares a manifest with the registries. Writes nothing.
 * @throws {@link ImgsyncError} USAGE where `only` is not valid or matches nothing; what a registry refuses is in the plan as a change with action `error`
 */
export function plan(manifest: LoadedManifest, options: PlanOptions = {}): Promise<Plan> {
  const { only, sizes = false, onProgress } = options;
  return withSession(manifest, options, (session) => planNow(session, { only, sizes, onProgress }));
}

export type ApplyOptions = RunOptions & {
  /** The manifest that the plan was made of. A plan that no longer fits it is refused. */
  readonly manifest: LoadedManifest;
  /** Apply the other changes although some are blocked. Otherwise nothing is written then. */
  readonly skipBlocked?: boolean;
  /** Start nothing new after a failure. */
  readonly failFast?: boolean;
  /** Also restore what a registry has lost under tags that are right. */
  readonly repair?: boolean;
  /** Leave the local tags and images of the docker engine in place. */
  readonly keepLocal?: boolean;
};

/**
 * Applies a plan. Every target is looked at again right before it is written, so that a plan may be hours old.
 * A change that fails does not throw: the report has its error.
 * @throws {@link ImgsyncError} PLAN_OUTDATED or PLAN_INVALID, and {@link PlanError}, where nothing may be written
 */
export function apply(plan: Plan, options: ApplyOptions): Promise<Report> {
  const { manifest, skipBlocked = false, failFast = false, repair = false, keepLocal = false } = options;
  return withSession(manifest, options, (session) =>
    applyInSession(session, {
      saved: { plan, name: "the plan" },
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
  /** The program that pulls. By default crictl where it works, otherwise docker; `environment` needs PATH. */
  readonly tool?: "crictl" | "docker";
  /** The socket that crictl uses. */
  readonly endpoint?: string;
  /** Pull `NAME@DIGEST`: the machine gets the images without their tags. */
  readonly byDigest?: boolean;
  readonly onFinished?: (result: PullResult) => void;
};

/**
 * Pulls the target images of a manifest onto this machine.
 * @throws {@link ImgsyncError} UNSUPPORTED where no runtime works here
 */
export function pull(manifest: LoadedManifest, options: PullOptions = {}): Promise<Pulled> {
  const { only, tool, endpoint, byDigest = false, onFinished, onProgress } = options;
  const observer = onFinished === undefined ? {} : { onFinished };
  return withSession(manifest, options, (session) =>
    pullInSession(session, { only, tool, endpoint, byDigest, observer, onProgress }),
  );
}

export type LockOptions = RunOptions & {
  /** Which locked tags are looked up again: `none` (default), `all`, or those that a glob over sources matches. */
  readonly update?: "all" | "none" | readonly string[];
  /** Compare and write nothing. */
  readonly check?: boolean;
};

/**
 * Writes the digests of all source tags into the lock file beside the manifest.
 * @throws {@link ImgsyncError} USAGE, LOCK_INVALID or OUTPUT_FAILED
 */
export function lock({ declared, folder, path }: LoadedManifest, options: LockOptions = {}): Promise<LockReport> {
  const { update = "none", check = false, onProgress } = options;
  return withSession({ manifest: declared, folder }, options, (session) =>
    lockInSession(session, { path, update, check, onProgress }),
  );
}

export type ListOptions = RunOptions & {
  /** What it says about registries counts. */
  readonly manifest?: LoadedManifest;
  /** Globs over tags; `!GLOB` takes away. */
  readonly tags?: readonly string[];
  /** Newest (the default), most recently updated, largest, or highest tag first. */
  readonly sort?: ImageOrder;
  readonly limit?: number;
  /** Also read manifests for times and sizes in bytes where each read counts as a pull. */
  readonly sizes?: boolean;
};

/**
 * The images of a repository, one for each digest.
 * @param repository `HOST/PATH`
 * @throws {@link ImgsyncError} USAGE, or why the repository cannot be read
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
      onWarning: (message, reference) =>
        onEvent?.({ type: "warning", message, ...(reference === undefined ? {} : { reference }) }),
    }),
  );
}

/**
 * Why a tag is synced or not, what the plan makes of it, and where credentials come from.
 * @param reference `HOST/REPOSITORY:TAG` of a target or a source
 * @throws {@link ImgsyncError} USAGE where that is not a tag
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
