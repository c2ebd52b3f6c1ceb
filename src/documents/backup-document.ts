import { bad, readDigest } from "./plan-problem.ts";
import type { Backup } from "../model/plan.ts";
import { isTag } from "../model/reference.ts";
import type { Backup as BackupDocument } from "../schema/generated/plan.ts";

export function copyBackup({ tag, observed }: Backup): BackupDocument {
  return { tag, observed };
}

/** @throws ImgsyncError PLAN_INVALID */
export function readBackup({ tag, observed }: BackupDocument): Backup {
  if (!isTag(tag)) throw bad(`the backup "${tag}" is not a tag`);
  return { tag, observed: observed === null ? null : readDigest(observed) };
}
