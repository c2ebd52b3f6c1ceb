import type { ErrorDetails } from "../model/error.ts";
import {
  type Change,
  countActions,
  type EntryFailure,
  type FoundRepositories,
  type Plan,
  type ImageSource,
  transferBytesOf,
} from "../model/plan.ts";
import { parsePlatform, type Platform } from "../model/platform.ts";
import {
  formatPrefix,
  formatReference,
  formatRepository,
  isProblem,
  parsePrefix,
  parseReference,
  parseRepository,
  type Reference,
  type Repository,
} from "../model/reference.ts";
import type { Platforms, ReferrersAt } from "../model/sync-manifest.ts";
import type {
  Catalog as CatalogDocument,
  Change as ChangeDocument,
  Failure as FailureDocument,
  PlanDocument,
} from "../schema/generated/plan.ts";
import { readAttachment } from "./attachment-document.ts";
import { readBackup } from "./backup-document.ts";
import {
  copyBlock,
  copyError,
  copyPosition,
  DAEMON,
  encodeChange,
  encodeCounts,
  encodeFailure,
} from "./change-document.ts";
import { readHeld } from "./held-document.ts";
import { encodeShards, readShards } from "./shards-document.ts";
import { bad, invalid, readDigest, readTime } from "./plan-problem.ts";
import { defined } from "../model/defined.ts";

const PLAN_VERSION = 1;

/** A saved plan before its checksum is added: schemas/plan.schema.json. */
export type PlanContent = Omit<PlanDocument, "checksum">;

/** Encodes the plan as a plain JSON value without credentials, settings or absolute paths. */
export function encodePlan(plan: Plan): PlanContent {
  const { start, end } = encodeAroundChanges(plan);
  return { ...start, changes: plan.changes.map(encodeChange), ...end };
}

/** Encodes the members of a plan that stand before and after its changes, for writers that take the changes one at a time. */
export function encodeAroundChanges(plan: Plan): {
  readonly start: Pick<PlanContent, "version" | "manifestHash" | "manifest" | "summary">;
  readonly end: Pick<PlanContent, "failures" | "shards" | "madeAt" | "catalogs">;
} {
  const { manifestHash, manifest, changes, failures = [], madeAt, catalogs } = plan;
  const bytes = changes.reduce((sum, change) => sum + (transferBytesOf(change) ?? 0), 0);
  return {
    start: {
      version: PLAN_VERSION,
      manifestHash,
      ...defined({ manifest }),
      summary: { ...encodeCounts(countActions(changes)), failures: failures.length, bytes },
    },
    end: {
      failures: failures.map(encodeFailure),
      ...defined({ shards: encodeShards(plan), madeAt: madeAt?.toISOString(), catalogs: catalogs?.map(copyCatalog) }),
    },
  };
}

/**
 * Decodes a document that has passed the schema. The summary is for readers and is computed again.
 * @throws ImgsyncError PLAN_INVALID if a reference is not valid or not written in full, or if the shards do not divide the plan
 */
export function decodePlan(document: PlanContent): Plan {
  const { manifestHash, manifest, shards, madeAt, catalogs } = document;
  const changes = document.changes.map(decodeChange);
  const failures = document.failures.map(decodeFailure);
  return {
    manifestHash: readDigest(manifestHash),
    changes,
    ...defined({
      manifest,
      failures: failures.length === 0 ? undefined : failures,
      shards: shards === undefined ? undefined : readShards(shards, { changes, failures }, readPlace),
      madeAt: madeAt === undefined ? undefined : readTime(madeAt),
      catalogs: catalogs?.map(copyCatalog),
    }),
  };
}

/** Returns why a JSON value is not a plan of this version, which the schema could not explain. `name` is used in the error. */
export function planVersionProblem(value: unknown, name: string): ErrorDetails | undefined {
  const version = typeof value === "object" && value !== null && "version" in value ? value.version : undefined;
  if (version === PLAN_VERSION) return undefined;
  if (typeof version !== "number") {
    return invalid(`"${name}" is not a saved plan`, "make one with imgsync plan --out FILE");
  }
  return invalid(
    `"${name}" has format version ${version}, and this imgsync reads version ${PLAN_VERSION}`,
    "make the plan and apply it with the same version of imgsync",
  );
}

/** @throws ImgsyncError PLAN_INVALID */
export function decodeChange(change: ChangeDocument): Change {
  const { action, source, target, positions, engine, platforms, referrers, referrersAt, notes } = change;
  const { sourceDigest, wanted, observed, bytes, transferBytes, attachments, backup, held, block, error } = change;
  const { repository, tag, digest } = readReference(target);
  const name = digest === undefined ? tag : tag === undefined ? digest : undefined;
  if (name === undefined) throw bad(`the target "${target}" is not a tag or a digest`);
  return {
    action,
    source: readSource(source),
    target: { repository, tag: name },
    positions: positions.map(copyPosition),
    engine,
    platforms: readPlatforms(platforms),
    referrers,
    ...defined({
      referrersAt: referrersAt && decodePlaces(referrersAt),
      sourceDigest: sourceDigest === undefined ? undefined : readDigest(sourceDigest),
      wanted: wanted === undefined ? undefined : readDigest(wanted),
      observed: observed === undefined ? undefined : observed === null ? null : readDigest(observed),
      bytes,
      transferBytes,
      attachments: attachments === undefined ? undefined : attachments.map(readAttachment),
      backup: backup === undefined ? undefined : readBackup(backup),
      held: held === undefined ? undefined : readHeld(held),
      block: block === undefined ? undefined : copyBlock(block),
      error: error === undefined ? undefined : copyError(error),
    }),
    notes: [...notes],
  };
}

function decodePlaces({ source, target }: NonNullable<ChangeDocument["referrersAt"]>): ReferrersAt {
  return defined({
    source: source === undefined ? undefined : readRepository(source),
    target: target === undefined ? undefined : readRepository(target),
  });
}

/** @throws ImgsyncError PLAN_INVALID */
export function decodeFailure({ source, targets, positions, error }: FailureDocument): EntryFailure {
  return {
    source: readPlace(source),
    targets: targets.map(readPlace),
    positions: positions.map(copyPosition),
    error: copyError(error),
  };
}

function readSource(text: string): ImageSource {
  if (text.startsWith(DAEMON)) return { kind: "docker-daemon", image: text.slice(DAEMON.length) };
  const reference = readReference(text);
  if (reference.tag === undefined && reference.digest === undefined)
    throw bad(`the source "${text}" has no tag or digest`);
  return { kind: "registry", reference };
}

/** References in a plan are written in full, so that they are unambiguous. */
function readReference(text: string): Reference {
  const reference = parseReference(text);
  if (isProblem(reference)) throw bad(reference.problem);
  if (formatReference(reference) !== text)
    throw bad(`"${text}" is not written in full as "${formatReference(reference)}"`);
  return reference;
}

function copyCatalog({ pattern, position, repositories }: FoundRepositories): CatalogDocument {
  return { pattern, position: copyPosition(position), repositories: [...repositories] };
}

/** A repository, or the part of a pattern without wildcards, which may be a whole registry. */
function readPlace(text: string): Repository {
  const place = parsePrefix(text);
  return isProblem(place) || formatPrefix(place) !== text ? readRepository(text) : place;
}

function readRepository(text: string): Repository {
  const repository = parseRepository(text);
  if (isProblem(repository)) throw bad(repository.problem);
  if (formatRepository(repository) !== text)
    throw bad(`"${text}" is not written in full as "${formatRepository(repository)}"`);
  return repository;
}

function readPlatforms(platforms: ChangeDocument["platforms"]): Platforms {
  return platforms === "all" ? "all" : platforms.map(readPlatform);
}

function readPlatform(text: string): Platform {
  const platform = parsePlatform(text);
  if (platform === undefined) throw bad(`"${text}" is not a platform`);
  return platform;
}
