import { bad, invalid, readDigest } from "./plan-problem.ts";
import { type AttachmentDocument, copyAttachment, readAttachment } from "./attachment-document.ts";
import { type BackupDocument, copyBackup, readBackup } from "./backup-document.ts";
import { encodeHeld, type HeldDocument, readHeld } from "./held-document.ts";
import type { ErrorCode, ErrorDetails, Side } from "../model/error.ts";
import {
  type Action,
  type Block,
  type Change,
  countActions,
  type CountsDocument,
  encodeCounts,
  type EntryFailure,
  type Plan,
  type WishSource,
} from "../model/plan.ts";
import { formatPlatform, parsePlatform, type Platform } from "../model/platform.ts";
import type { Position } from "../model/position.ts";
import {
  formatReference,
  formatRepository,
  isProblem,
  parseReference,
  parseRepository,
  type Reference,
  type Repository,
} from "../model/reference.ts";
import type { EngineName, Platforms, Referrers } from "../model/sync-manifest.ts";

export const PLAN_VERSION = 1;

/** A plan as people save it and programs read it: schemas/plan.schema.json. Names of fields are stable. */
export type PlanDocument = {
  readonly version: typeof PLAN_VERSION;
  readonly manifestHash: string;
  readonly summary: SummaryDocument;
  readonly changes: readonly ChangeDocument[];
  readonly failures: readonly FailureDocument[];
};

/** Counts per action, failures, and the bytes of all changes whose size is known. */
export type SummaryDocument = CountsDocument & Readonly<Record<"failures" | "bytes", number>>;

export type ChangeDocument = {
  readonly action: Action;
  /** `host/path:tag`, `@digest` or both, or `docker-daemon:IMAGE`. */
  readonly source: string;
  readonly target: string;
  readonly sourceDigest?: string;
  readonly wanted?: string;
  /** null: the tag was not there. Left out: nobody could tell. */
  readonly observed?: string | null;
  readonly bytes?: number;
  readonly attachments?: readonly AttachmentDocument[];
  readonly backup?: BackupDocument;
  readonly held?: HeldDocument;
  readonly engine: EngineName;
  readonly platforms: "all" | readonly string[];
  readonly referrers: Referrers;
  readonly positions: readonly Position[];
  readonly block?: Block;
  readonly error?: ErrorDocument;
  readonly notes: readonly string[];
};

export type FailureDocument = {
  readonly source: string;
  readonly targets: readonly string[];
  readonly positions: readonly Position[];
  readonly error: ErrorDocument;
};

export type ErrorDocument = {
  readonly code: ErrorCode;
  readonly message: string;
  readonly side?: Side;
  readonly reference?: string;
  readonly hint?: string;
};

const DAEMON = "docker-daemon:";

/** The plan as a plain JSON value. Holds no credentials, settings or absolute paths. */
export function encodePlan(plan: Plan): PlanDocument {
  const { manifestHash, changes, failures = [] } = plan;
  const bytes = changes.reduce((sum, change) => sum + (change.bytes ?? 0), 0);
  return {
    version: PLAN_VERSION,
    manifestHash,
    summary: { ...encodeCounts(countActions(changes)), failures: failures.length, bytes },
    changes: changes.map(encodeChange),
    failures: failures.map(encodeFailure),
  };
}

/**
 * The plan of a document that has passed the schema. The summary is for readers and is counted anew.
 * @throws ImgsyncError PLAN_INVALID where a reference is none, or is not written in full
 */
export function decodePlan({ manifestHash, changes, failures }: PlanDocument): Plan {
  return {
    manifestHash: readDigest(manifestHash),
    changes: changes.map(decodeChange),
    ...(failures.length === 0 ? {} : { failures: failures.map(decodeFailure) }),
  };
}

/** Why a JSON value cannot be a plan that this version reads, told before the schema would say less helpful things. */
export function planVersionProblem(value: unknown): ErrorDetails | undefined {
  const version = typeof value === "object" && value !== null && "version" in value ? value.version : undefined;
  if (version === PLAN_VERSION) return undefined;
  if (typeof version !== "number") {
    return invalid("this is not a saved plan", "a saved plan is what imgsync plan --out writes");
  }
  return invalid(
    `the plan has format version ${version}, this imgsync reads version ${PLAN_VERSION}`,
    "make the plan and apply it with the same version of imgsync",
  );
}

/** One change as a plan holds it. */
export function encodeChange(change: Change): ChangeDocument {
  const { action, source, target, positions, engine, platforms, referrers, notes } = change;
  const { sourceDigest, wanted, observed, bytes, attachments, backup, held, block, error } = change;
  return {
    action,
    source: source.kind === "registry" ? formatReference(source.reference) : `${DAEMON}${source.image}`,
    target: formatReference(target),
    ...(sourceDigest === undefined ? {} : { sourceDigest }),
    ...(wanted === undefined ? {} : { wanted }),
    ...(observed === undefined ? {} : { observed }),
    ...(bytes === undefined ? {} : { bytes }),
    ...(attachments === undefined ? {} : { attachments: attachments.map(copyAttachment) }),
    ...(backup === undefined ? {} : { backup: copyBackup(backup) }),
    ...(held === undefined ? {} : { held: encodeHeld(held) }),
    engine,
    platforms: platforms === "all" ? "all" : platforms.map(formatPlatform),
    referrers,
    positions: positions.map(copyPosition),
    ...(block === undefined ? {} : { block: copyBlock(block) }),
    ...(error === undefined ? {} : { error: copyError(error) }),
    notes: [...notes],
  };
}

function encodeFailure({ source, targets, positions, error }: EntryFailure): FailureDocument {
  return {
    source: formatRepository(source),
    targets: targets.map(formatRepository),
    positions: positions.map(copyPosition),
    error: copyError(error),
  };
}

function decodeChange(change: ChangeDocument): Change {
  const { action, source, target, positions, engine, platforms, referrers, notes } = change;
  const { sourceDigest, wanted, observed, bytes, attachments, backup, held, block, error } = change;
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
    ...(sourceDigest === undefined ? {} : { sourceDigest: readDigest(sourceDigest) }),
    ...(wanted === undefined ? {} : { wanted: readDigest(wanted) }),
    ...(observed === undefined ? {} : { observed: observed === null ? null : readDigest(observed) }),
    ...(bytes === undefined ? {} : { bytes }),
    ...(attachments === undefined ? {} : { attachments: attachments.map(readAttachment) }),
    ...(backup === undefined ? {} : { backup: readBackup(backup) }),
    ...(held === undefined ? {} : { held: readHeld(held) }),
    ...(block === undefined ? {} : { block: copyBlock(block) }),
    ...(error === undefined ? {} : { error: copyError(error) }),
    notes: [...notes],
  };
}

function decodeFailure({ source, targets, positions, error }: FailureDocument): EntryFailure {
  return {
    source: readRepository(source),
    targets: targets.map(readRepository),
    positions: positions.map(copyPosition),
    error: copyError(error),
  };
}

function readSource(text: string): WishSource {
  if (text.startsWith(DAEMON)) return { kind: "docker-daemon", image: text.slice(DAEMON.length) };
  const reference = readReference(text);
  if (reference.tag === undefined && reference.digest === undefined)
    throw bad(`the source "${text}" has no tag or digest`);
  return { kind: "registry", reference };
}

/** A reference is written in full in a plan, so that nothing can be read in two ways. */
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

function copyPosition({ file, line, column }: Position): Position {
  return { file: withoutFolder(file), line, column };
}

/** Positions are relative; one that is not, such as a file on another drive, tells no more than its name. */
function withoutFolder(file: string): string {
  return /^(?:[\\/]|[A-Za-z]:)/.test(file) ? (file.split(/[\\/]/).at(-1) ?? file) : file;
}

function copyBlock(block: Block): Block {
  if (block.kind === "registry") return { kind: "registry", host: block.host, message: block.message };
  return { kind: "rule", position: copyPosition(block.position), pattern: block.pattern };
}

function copyError({ code, message, side, reference, hint }: ErrorDetails): ErrorDocument {
  return {
    code,
    message,
    ...(side === undefined ? {} : { side }),
    ...(reference === undefined ? {} : { reference }),
    ...(hint === undefined ? {} : { hint }),
  };
}
