import type { Digest } from "../../model/digest.ts";
import type { ErrorDetails } from "../../model/error.ts";
import { type Change, entriesOf, type Mapping } from "../../model/plan.ts";
import { formatReference, isTag, type TagReference } from "../../model/reference.ts";
import type { SyncManifest } from "../../model/sync-manifest.ts";
import { fillTemplate, knownTemplate } from "../../selectors/tag-template.ts";
import type { Rule } from "./rule.ts";

/**
 * Adds the backup of the previous image to an update. Two images must not share a backup tag, and a backup must not use a tag that the
 * manifest names: both are errors.
 */
export const backup: Rule = ({ manifest, mappings, facts }) => {
  let named: ReadonlySet<string> | undefined;
  const planned = new Map<string, Digest>();
  return (change) => {
    const { action, target, observed } = change;
    if (action !== "update" || observed === undefined || observed === null) return change;
    const text = entriesOf(change).find((entry) => entry.backup !== undefined)?.backup;
    if (text === undefined) return change;
    const { repository } = target;
    const tag = fillTemplate(knownTemplate(text), { tag: target.tag, digest: observed });
    const reference = formatReference({ repository, tag });
    if (!isTag(tag)) return failed(change, reference, notATag(tag));
    const other = planned.get(reference);
    planned.set(reference, observed);
    named ??= namesOf(manifest, mappings);
    if (named.has(reference) || (other !== undefined && other !== observed))
      return failed(change, reference, taken(tag));
    const answer = facts.resolve({ repository, tag }, "target");
    if (answer === undefined) return undefined;
    if (answer.kind === "failed") return failed(change, reference, answer.error);
    return { ...change, backup: { tag, observed: answer.kind === "found" ? answer.value.digest : null } };
  };
};

function namesOf({ entries }: SyncManifest, mappings: readonly Mapping[]): ReadonlySet<string> {
  const declared = mappings.flatMap(({ target, source }) => [target, ...tagOf(source)]);
  // includes entries that --only left out
  const written = entries.flatMap(({ targets, tags }) =>
    tags
      .flatMap((mapping) => (mapping.kind === "literal" ? mapping.to : []))
      .flatMap((tag) => targets.map(({ repository }) => ({ repository, tag }))),
  );
  return new Set([...declared, ...written].map(formatReference));
}

function tagOf(source: Change["source"]): readonly TagReference[] {
  if (source.kind !== "registry") return [];
  const { repository, tag } = source.reference;
  return tag === undefined ? [] : [{ repository, tag }];
}

function failed(change: Change, reference: string, error: ErrorDetails): Change {
  return { ...change, action: "error", error: { side: "target", reference, ...error } };
}

function notATag(tag: string): ErrorDetails {
  return {
    code: "MANIFEST_INVALID",
    message: `the backup would be "${tag}", which is not a tag`,
    hint: "a tag has at most 128 characters: make the template of the backup shorter",
  };
}

function taken(tag: string): ErrorDetails {
  return {
    code: "TARGET_CONFLICT",
    message: `the backup would be "${tag}", which the manifest names, or another backup has`,
    hint: "use another template for the backup, such as {tag}-before-{digest:8}",
  };
}
