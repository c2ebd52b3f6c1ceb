import { entriesOf } from "../../model/plan.ts";
import { formatReference } from "../../model/reference.ts";
import { ageOver } from "../facts/age.ts";
import { withNote } from "./note.ts";
import type { Rule } from "./rule.ts";

/**
 * Leaves out an image that is too old for the strictest of its entries. An image of unknown age is copied, because this rule saves space
 * and protects nothing. The tag counts as declared, so that it is not pruned at the target.
 */
export const maxAge: Rule =
  ({ facts, options }) =>
  (change) => {
    const { action, source, sourceDigest, platforms } = change;
    if ((action !== "create" && action !== "update") || source.kind !== "registry" || sourceDigest === undefined)
      return change;
    const limits = entriesOf(change).flatMap(({ maxAgeMs }) => (maxAgeMs === undefined ? [] : [maxAgeMs]));
    if (limits.length === 0) return change;
    const reference = { repository: source.reference.repository, digest: sourceDigest };
    const over = ageOver({ reference, platforms, maxAgeMs: Math.min(...limits) }, facts, options);
    if (over === undefined || over.kind === "absent") return over && change;
    if (over.kind === "failed") {
      const error = { side: "source" as const, reference: formatReference(reference), ...over.error };
      return { ...change, action: "error", error };
    }
    const { since, by } = over.value;
    const verb = by === "registry" ? "uploaded" : "made";
    return withNote({ ...change, action: "held" }, `older than maxAge: ${verb} ${since.toISOString().slice(0, 10)}`);
  };
