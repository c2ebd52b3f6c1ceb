import type { Attachment } from "../../model/attachment.ts";
import type { Digest } from "../../model/digest.ts";
import { ImgsyncError } from "../../model/error.ts";
import { holdsAll } from "../../model/signature-tag.ts";
import { attachedTo, known, mayHaveTag, type Place, readAttached } from "./find-attachments.ts";

export type Missing = { readonly missing: readonly Attachment[]; readonly notes: readonly string[] };

/**
 * Returns the source's attachments that the target lacks. A cosign tag with different signatures at the target is kept, with a note.
 * Returns undefined if facts are missing.
 */
export function findMissing(attachments: readonly Attachment[], source: Place, target: Place): Missing | undefined {
  if (attachments.length === 0) return { missing: [], notes: [] };
  const listed = new Map<Digest, ReadonlySet<Digest> | undefined>();
  for (const { subject, tag } of attachments) {
    if (tag !== undefined || listed.has(subject)) continue;
    const there = attachedTo(subject, target);
    listed.set(subject, there === undefined ? undefined : new Set(there.map(({ digest }) => digest)));
  }
  const states = attachments.map((attachment) => {
    if (attachment.tag !== undefined) return stateOfTag(attachment, attachment.tag, source, target);
    const there = listed.get(attachment.subject);
    return there === undefined ? undefined : there.has(attachment.digest) ? "there" : "missing";
  });
  if (states.includes(undefined)) return undefined;
  const notes = attachments
    .filter((_, at) => states[at] === "other")
    .map(({ tag = "" }) => `the target has other signatures under ${tag}, which are kept`);
  return { missing: attachments.filter((_, at) => states[at] === "missing"), notes };
}

type State = "there" | "missing" | "other";

function stateOfTag({ digest }: Attachment, tag: string, source: Place, target: Place): State | undefined {
  const tags = target.facts.digestTags(target.repository);
  if (tags === undefined) return undefined;
  if (!mayHaveTag(tags, tag, target)) return "missing";
  const answer = target.facts.resolve({ repository: target.repository, tag }, "target");
  if (answer === undefined) return undefined;
  const observed = known(answer, target)?.digest;
  if (observed === undefined) return "missing";
  return observed === digest ? "there" : compare(digest, observed, source, target);
}

function compare(wanted: Digest, observed: Digest, source: Place, target: Place): State | undefined {
  const ours = readAttached({ repository: source.repository, digest: wanted }, source);
  const theirs = readAttached({ repository: target.repository, digest: observed }, target);
  if (ours === undefined || theirs === undefined) return undefined;
  if (theirs === "gone") return "missing";
  if (ours === "gone") return "there";
  try {
    if (holdsAll(theirs, ours)) return "there";
    return holdsAll(ours, theirs) ? "missing" : "other";
  } catch (thrown) {
    // a manifest that cannot be parsed must not be replaced
    if (thrown instanceof ImgsyncError) return "other";
    throw thrown;
  }
}
