import { bad, readDigest } from "./plan-problem.ts";
import type { Backup } from "../model/plan.ts";
import { isTag } from "../model/reference.ts";

/** A backup as a plan holds it; null: the tag was not there. */
export type BackupDocument = { readonly tag: string; readonly observed: string | null };

export function copyBackup({ tag, observed }: Backup): BackupDocument {
  return { tag, observed };
}

/** @throws ImgsyncError PLAN_INVALID */
export function readBackup({ tag, observed }: BackupDocument): Backup {
  if (!isTag(tag)) throw bad(`the backup "${tag}" is not a tag`);
  return { tag, observed: observed === null ? null : readDigest(observed) };
}
