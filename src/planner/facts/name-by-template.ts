import type { ErrorDetails } from "../../model/error.ts";
import { formatReference, type Reference } from "../../model/reference.ts";
import type { Platforms } from "../../model/sync-manifest.ts";
import { failed, lookAtTop } from "./desired.ts";
import type { Facts } from "./facts.ts";
import { imageDate } from "./image-date.ts";
import { lookAtWhole } from "./source.ts";
import { fillTemplate, hasPlaceholder, knownTemplate } from "../../selectors/tag-template.ts";

/**
 * Fills in a template for a source image, with the image's digest at the target and its build date. Returns undefined if facts are
 * missing.
 */
export function nameByTemplate(
  text: string,
  { reference, platforms }: { readonly reference: Reference; readonly platforms: Platforms },
  facts: Facts,
): { readonly tag: string } | { readonly error: ErrorDetails; readonly isMissingTag?: true } | undefined {
  const template = knownTemplate(text);
  const needsDigest = hasPlaceholder(template, "digest");
  const image = needsDigest ? lookAtWhole(reference, platforms, facts) : lookAtTop(reference, facts);
  if (image === undefined) return undefined;
  if (image.kind === "failed") return image;
  const { repository } = reference;
  if (!hasPlaceholder(template, "date")) return { tag: fillTemplate(template, { digest: image.wanted }) };
  const source = { repository, digest: image.sourceDigest };
  const date = imageDate(source, platforms, facts);
  if (date === undefined) return undefined;
  if (date.kind === "found") return { tag: fillTemplate(template, { digest: image.wanted, date: date.value }) };
  return failed(source, date.kind === "failed" ? date.error : undated(formatReference(source), text));
}

function undated(reference: string, text: string): ErrorDetails {
  return {
    code: "DATE_UNKNOWN",
    reference,
    message: `the image has no creation date, which {date} in "${text}" needs`,
    hint: "use {digest:8} alone, or build the image with its date",
  };
}
