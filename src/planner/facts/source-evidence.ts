import type { ErrorDetails } from "../../model/error.ts";
import { formatReference, formatRepository } from "../../model/reference.ts";
import type { Facts } from "./facts.ts";
import type { Owner } from "./owned-tags.ts";

/**
 * Whether the sources justify deleting a tag. A tag that its source still lists is deleted because newer tags replaced it. Any other tag
 * must be reported absent by the source itself, because registries truncate lists without notice. Returns undefined if facts are missing.
 */
export function sourceEvidence(owners: readonly Owner[], facts: Facts): "justified" | ErrorDetails | undefined {
  const verdicts = owners.map((owner) => evidenceOf(owner, facts));
  const error = verdicts.find((verdict) => typeof verdict === "object");
  if (error !== undefined) return error;
  return verdicts.includes(undefined) ? undefined : "justified";
}

function evidenceOf({ entry, mapping, sourceTag: tag }: Owner, facts: Facts): "justified" | ErrorDetails | undefined {
  const { source } = entry;
  if (source.kind !== "registry") throw new Error("a selector of a local image, which has no tags to select");
  // the lock file says which tags are selected, regardless of the source
  if (entry.lockedSelectors?.includes(mapping) === true) return "justified";
  const { repository } = source;
  const list = facts.listTags(repository);
  if (list?.kind !== "found") return undefined;
  if (list.value.tags.includes(tag)) return "justified";
  const reference = { repository, tag };
  const answer = facts.lookUp(reference, "source");
  if (answer === undefined) return undefined;
  const context = { side: "source", reference: formatReference(reference) } as const;
  const unknown = (message: string): string => `not deleted, because its source is unknown: ${message}`;
  if (answer.kind === "failed") return { ...context, ...answer.error, message: unknown(answer.error.message) };
  if (answer.kind === "absent") {
    if (answer.reason === undefined) return "justified";
    return { ...context, code: "REGISTRY_PROTOCOL", message: unknown(`it answered 404: ${answer.reason.said}`) };
  }
  return {
    ...context,
    code: "REGISTRY_PROTOCOL",
    message: `the tag is there, but the list of tags of "${formatRepository(repository)}" does not have it: the list is incomplete`,
    hint: "nothing is deleted because of a list that is incomplete: report it to the registry's operator",
  };
}
