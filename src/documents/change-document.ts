import type { ErrorDetails } from "../model/error.ts";
import type { Block, Change, Counts, EntryFailure } from "../model/plan.ts";
import { formatPlatform } from "../model/platform.ts";
import type { Position } from "../model/position.ts";
import { formatReference, formatRepository } from "../model/reference.ts";
import type { ReferrersAt } from "../model/sync-manifest.ts";
import type * as event from "../schema/generated/event.ts";
import type * as plan from "../schema/generated/plan.ts";
import { copyAttachment } from "./attachment-document.ts";
import { copyBackup } from "./backup-document.ts";
import { encodeHeld } from "./held-document.ts";
import { defined } from "../model/defined.ts";

/** The prefix of a local image as a source. */
export const DAEMON = "docker-daemon:";

/** Encodes a change for all documents: plans, events and the status. Foreign text is sanitised where JSON is written. */
export function encodeChange(change: Change): plan.Change {
  const { action, source, target, positions, engine, platforms, referrers, referrersAt, notes } = change;
  const { sourceDigest, wanted, observed, bytes, transferBytes, attachments, backup, held, block, error } = change;
  return {
    action,
    source: source.kind === "registry" ? formatReference(source.reference) : `${DAEMON}${source.image}`,
    target: formatReference(target),
    ...defined({
      sourceDigest,
      wanted,
      observed,
      bytes,
      transferBytes,
      attachments: attachments === undefined ? undefined : attachments.map(copyAttachment),
      backup: backup === undefined ? undefined : copyBackup(backup),
      held: held === undefined ? undefined : encodeHeld(held),
    }),
    engine,
    platforms: platforms === "all" ? "all" : platforms.map(formatPlatform),
    referrers,
    ...defined({ referrersAt: referrersAt && encodePlaces(referrersAt) }),
    positions: positions.map(copyPosition),
    ...defined({
      block: block === undefined ? undefined : copyBlock(block),
      error: error === undefined ? undefined : copyError(error),
    }),
    notes: [...notes],
  };
}

function encodePlaces({ source, target }: ReferrersAt): plan.Change["referrersAt"] {
  return defined({ source: source && formatRepository(source), target: target && formatRepository(target) });
}

/** Encodes a part of an entry whose tags are unknown. */
export function encodeFailure({ source, targets, positions, error }: EntryFailure): plan.Failure {
  return {
    source: formatRepository(source),
    targets: targets.map(formatRepository),
    positions: positions.map(copyPosition),
    error: copyError(error),
  };
}

/** Encodes the number of changes per action; `missing` is rare and omitted if zero. */
export function encodeCounts({ missing, ...counts }: Counts): event.Counts {
  return missing === 0 ? counts : { ...counts, missing };
}

export function copyPosition({ file, line, column, name }: Position): plan.Position {
  return { file: withoutFolder(file), line, column, ...defined({ name }) };
}

/** Positions are relative. An absolute one, such as a file on another drive, is reduced to its base name. */
function withoutFolder(file: string): string {
  return /^(?:[\\/]|[A-Za-z]:)/.test(file) ? (file.split(/[\\/]/).at(-1) ?? file) : file;
}

export function copyBlock(block: Block): plan.RuleBlock | plan.RegistryBlock {
  if (block.kind === "registry") return { kind: "registry", host: block.host, message: block.message };
  return { kind: "rule", position: copyPosition(block.position), pattern: block.pattern };
}

export function copyError({ code, message, side, reference, hint }: ErrorDetails): plan.Error {
  return {
    code,
    message,
    ...defined({ side, reference, hint }),
  };
}
