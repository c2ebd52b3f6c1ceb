import type { ErrorDetails } from "../../model/error.ts";
import { entriesOf } from "../../model/plan.ts";
import { formatReference } from "../../model/reference.ts";
import { ageCheckOf } from "../facts/age.ts";
import type { Rule } from "./rule.ts";

/** Holds back an image that is too young for the strictest of its entries. */
export const minAge: Rule =
  ({ facts, options }) =>
  (change) => {
    const { action, source, sourceDigest, platforms } = change;
    if (action !== "create" && action !== "update") return change;
    const minAgeMs = Math.max(0, ...entriesOf(change).map((entry) => entry.minAgeMs ?? 0));
    if (minAgeMs === 0 || source.kind !== "registry" || sourceDigest === undefined) return change;
    const reference = { repository: source.reference.repository, digest: sourceDigest };
    const ageCheck = ageCheckOf({ reference, platforms, minAgeMs }, facts, options);
    if (ageCheck === undefined) return undefined;
    if (ageCheck.kind === "absent") return change;
    if (ageCheck.kind === "found") return { ...change, action: "held", held: ageCheck.value };
    const error: ErrorDetails = { side: "source", reference: formatReference(reference), ...ageCheck.error };
    return { ...change, action: "error", error };
  };
