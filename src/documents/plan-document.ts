import type { ErrorDetails } from "../model/error.ts";
import {
  type Change,
  countActions,
  type EntryFailure,
  type Plan,
  type ImageSource,
  transferBytesOf,
} from "../model/plan.ts";
import { parsePlatform, type Platform } from "../model/platform.ts";
import {
  formatReference,
  formatRepository,
  isProblem,
  parseReference,
  parseRepository,
  type Reference,
  type Repository,
} from "../model/reference.ts";
import type { Platforms } from "../model/sync-manifest.ts";
import type { Change as ChangeDocument, Failure as FailureDocument, PlanDocument } from "../schema/generated/plan.ts";
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
import { bad, invalid, readDigest } from "./plan-problem.ts";
import { defined } from "../model/defined.ts";

const PLAN_VERSION = 1;

/** A saved plan before its checksum is added: schemas/plan.schema.json. */
export type PlanContent = Omit<PlanDocument, "checksum">;

/** Encodes the plan as a plain JSON value without credentials, settings or absolute paths. */
export function encodePlan(plan: Plan): PlanContent {
  const { manifestHash, manifest, changes, failures = [] } = plan;
  const bytes = changes.reduce((sum, change) => sum + (transferBytesOf(change) ?? 0), 0);
  return {
    version: PLAN_VERSION,
    manifestHash,
    ...defined({ manifest }),
    summary: { ...encodeCounts(countActions(changes)), failures: failures.length, bytes },
    changes: changes.map(encodeChange),
    failures: failures.map(encodeFailure),
    ...defined({ shards: encodeShards(plan) }),
  };
}

/**
 * Decodes a document that has passed the schema. The summary is for readers and is computed again.
 * @throws ImgsyncError PLAN_INVALID if a reference is not valid or not written in full, or if the shards do not divide the plan
 */
export function decodePlan(document: PlanContent): Plan {
  const { manifestHash, manifest, shards } = document;
  const changes = document.changes.map(decodeChange);
  const failures = document.failures.map(decodeFailure);
  return {
    manifestHash: readDigest(manifestHash),
    changes,
    ...defined({
      manifest,
      failures: failures.length === 0 ? undefined : failures,
      shards: shards === undefined ? undefined : readShards(shards, { changes, failures }, readRepository),
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
  const { action, source, target, positions, engine, platforms, referrers, notes } = change;
  const { sourceDigest, wanted, observed, bytes, transferBytes, attachments, backup, held, block, error } = change;
  const { repository, tag, digest } = readReference(target);
  if (tag === undefined || digest !== undefined) throw bad(`the target "${target}" is not a tag`);
  return {
    action,
    source: readSource(source),
    target: { repository, tag },
    positions: positions.map(copyPosition),
    engine,
    platforms: readPlatforms(platforms),
    referrers,
    ...defined({
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

/** @throws ImgsyncError PLAN_INVALID */
export function decodeFailure({ source, targets, positions, error }: FailureDocument): EntryFailure {
  return {
    source: readRepository(source),
    targets: targets.map(readRepository),
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
