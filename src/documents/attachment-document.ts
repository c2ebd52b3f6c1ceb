import type { Attachment } from "../model/attachment.ts";
import { readDigest } from "./plan-problem.ts";

/** A manifest that travels along with the image it is about; `tag` where it stands under a tag made of that digest. */
export type AttachmentDocument = { readonly subject: string; readonly digest: string; readonly tag?: string };

export function copyAttachment({ subject, digest, tag }: Attachment): AttachmentDocument {
  return { subject, digest, ...(tag === undefined ? {} : { tag }) };
}

/** @throws ImgsyncError PLAN_INVALID */
export function readAttachment({ subject, digest, tag }: AttachmentDocument): Attachment {
  return { subject: readDigest(subject), digest: readDigest(digest), ...(tag === undefined ? {} : { tag }) };
}
