import type { Attachment } from "../model/attachment.ts";
import type { Attachment as AttachmentDocument } from "../schema/generated/plan.ts";
import { readDigest } from "./plan-problem.ts";
import { defined } from "../model/defined.ts";

export function copyAttachment({ subject, digest, tag }: Attachment): AttachmentDocument {
  return { subject, digest, ...defined({ tag }) };
}

/** @throws ImgsyncError PLAN_INVALID */
export function readAttachment({ subject, digest, tag }: AttachmentDocument): Attachment {
  return { subject: readDigest(subject), digest: readDigest(digest), ...defined({ tag }) };
}
